// Whatever dialog an action asked for.
import { Modal } from "@mantine/core";
import { useDialogs, show } from "@/view/dialogs";
import { CommandPalette } from "./CommandPalette";
import { NameDialog } from "./NameDialog";
import { PullDialog } from "./PullDialog";
import { QuestionDialog } from "./QuestionDialog";
import { ShareDialog } from "./ShareDialog";
import { ShortcutList } from "./ShortcutList";
import { ImportDialog } from "./import/ImportDialog";

const SIZES = { commands: 640, shortcuts: 640, question: 440, name: 440, share: 440, import: 760, pull: 480 };
const OFFSETS = { commands: "12vh", shortcuts: "5vh", question: "20vh", name: "20vh", share: "14vh", import: "7vh", pull: "16vh" };

export function Dialogs() {
  const dialog = useDialogs((s) => s.dialog);
  if (!dialog) return null;
  const leave = () => {
    if (dialog.kind === "question") dialog.answer(false);
    else if (dialog.kind === "name") dialog.answer(null);
    else show(null);
  };
  return (
    <Modal
      opened
      onClose={leave}
      withCloseButton={false}
      padding={0}
      size={SIZES[dialog.kind]}
      yOffset={OFFSETS[dialog.kind]}
      transitionProps={{ duration: 0 }}
      aria-label={dialog.kind === "commands" ? "Search or run a command" : undefined}
    >
      {dialog.kind === "question" && <QuestionDialog question={dialog} />}
      {dialog.kind === "name" && <NameDialog prompt={dialog} />}
      {dialog.kind === "share" && <ShareDialog {...dialog} />}
      {dialog.kind === "import" && <ImportDialog {...dialog} />}
      {dialog.kind === "pull" && <PullDialog name={dialog.name} />}
      {dialog.kind === "commands" && <CommandPalette />}
      {dialog.kind === "shortcuts" && <ShortcutList />}
    </Modal>
  );
}
