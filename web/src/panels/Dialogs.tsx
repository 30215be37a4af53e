// Whatever dialog an action asked for.
import { Modal } from "@mantine/core";
import { useDialogs, show } from "@/view/dialogs";
import { CommandPalette } from "./CommandPalette";
import { NameDialog } from "./NameDialog";
import { QuestionDialog } from "./QuestionDialog";
import { ShareDialog } from "./ShareDialog";
import { ShortcutList } from "./ShortcutList";

export function Dialogs() {
  const dialog = useDialogs((s) => s.dialog);
  if (!dialog) return null;
  const leave = () => {
    if (dialog.kind === "question") dialog.answer(false);
    else if (dialog.kind === "name") dialog.answer(null);
    else show(null);
  };
  const wide = dialog.kind === "commands" || dialog.kind === "shortcuts";
  return (
    <Modal
      opened
      onClose={leave}
      withCloseButton={false}
      padding={0}
      size={wide ? 640 : 440}
      yOffset={{ commands: "12vh", shortcuts: "5vh", question: "20vh", name: "20vh", share: "14vh" }[dialog.kind]}
      transitionProps={{ duration: 0 }}
      aria-label={dialog.kind === "commands" ? "Search or run a command" : undefined}
    >
      {dialog.kind === "question" && <QuestionDialog question={dialog} />}
      {dialog.kind === "name" && <NameDialog prompt={dialog} />}
      {dialog.kind === "share" && <ShareDialog {...dialog} />}
      {dialog.kind === "commands" && <CommandPalette />}
      {dialog.kind === "shortcuts" && <ShortcutList />}
    </Modal>
  );
}
