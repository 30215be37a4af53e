import { Icon } from "@/ui/Icon";
import { useSheet } from "@/view/sheet";

/** Edits are on the server as soon as they are made; this says when one is under way. */
export function Saved() {
  const saving = useSheet((s) => s.saving > 0);
  return (
    <span className="saved wide" role="status">
      {!saving && <Icon name="check" className="i12 ok" />}
      {saving ? "Saving" : "Saved"}
    </span>
  );
}
