import { Tooltip } from "@mantine/core";
import { DRAG_TYPE, place } from "@/actions/place";
import { tellIfItFails } from "@/actions/run";
import type { Lab } from "@/api/types";
import { Icon } from "@/ui/Icon";
import { useSheet } from "@/view/sheet";

interface Props {
  lab: Lab;
  what: string;
  icon: string;
  name: string;
  note: string;
  about: string;
  off: string | null;
}

/** Dragged to a place, or clicked to land in the middle of the view. */
export function PaletteItem({ lab, what, icon, name, note, about, off }: Props) {
  const put = () => {
    const at = useSheet.getState().handle?.middle() ?? { x: 0, y: 0 };
    tellIfItFails(() => place(lab, what, at));
  };
  return (
    <Tooltip label={off ?? about} position="right" openDelay={600} multiline w={240}>
      <button
        type="button"
        className="tpl"
        aria-label={`Place ${name}`}
        aria-disabled={off ? true : undefined}
        draggable={!off}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, what);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onClick={off ? undefined : put}
      >
        <Icon name={icon} />
        <span>{name}</span>
        <small>{note}</small>
      </button>
    </Tooltip>
  );
}
