import { useState } from "react";
import { tellIfItFails } from "@/actions/run";
import { addressInGuacamole, hasGuacamole } from "@/api/guacamole";
import { useSystem } from "@/api/meta";
import { Icon } from "@/ui/Icon";
import type { Tab } from "@/view/dock";
import { showInNewTab } from "./newTab";

/** Where the server is joined with Guacamole: the same console there, in a tab of its own. */
export function InGuacamole({ tab }: { tab: Tab }) {
  const { data: system } = useSystem();
  const [asking, setAsking] = useState(false);
  if (!hasGuacamole(system)) return null;
  const open = () => {
    setAsking(true);
    tellIfItFails(async () => {
      const ask = () => addressInGuacamole(tab.lab, tab.node, tab.console);
      await showInNewTab(() => window.open("", "_blank"), ask).finally(() => setAsking(false));
    });
  };
  return (
    <button type="button" onClick={open} disabled={asking} title="The same console on Guacamole's page, in a tab of its own">
      <Icon name="pop-out" />
      Open in Guacamole
    </button>
  );
}
