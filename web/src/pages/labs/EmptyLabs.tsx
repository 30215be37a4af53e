import { importLab } from "@/actions/importLab";
import { newLab } from "@/actions/newLab";
import { runAction } from "@/actions/run";
import { Icon } from "@/ui/Icon";
import { Samples } from "./Samples";

/** No labs yet: a sample, a file, or an empty sheet. */
export function EmptyLabs() {
  return (
    <div className="hero">
      <h1>Nothing here yet</h1>
      <p>Open a sample and ping across it, drop a lab you already have, or draw one from an empty sheet.</p>
      <Samples />
      <div className="or">
        <button type="button" className="drop" onClick={() => runAction(importLab)}>
          <Icon name="import" />
          <b>Drop a lab file or its folder anywhere on this page</b>
          <span>or choose one: nova-ve’s own, or containerlab’s. You see what it brings before anything is saved.</span>
        </button>
        <button type="button" className="drop solid" onClick={() => runAction(newLab)}>
          <Icon name="plus" />
          <b>Empty lab</b>
          <span>
            or press <kbd className="kbd">N</kbd>
          </span>
        </button>
      </div>
    </div>
  );
}
