import { Menu } from "@mantine/core";
import type { LabDetail } from "@/api/types";
import { Icon } from "@/ui/Icon";
import { openConsole } from "@/view/dock";
import { mayOperate } from "@/model/people";

/** Every console of every running node; a node may have several. */
export function NewConsole({ detail }: { detail: LabDetail }) {
  const { lab, status } = detail;
  const rows = Object.entries(lab.nodes).flatMap(([id, node]) => (status.nodes[id]?.consoles ?? []).map((name) => ({ id: Number(id), node: node.name, name })));
  const why = !mayOperate(detail) ? "You can look, not open consoles." : rows.length === 0 ? "No node runs yet." : undefined;
  return (
    <Menu position="top-end" shadow="none" disabled={why !== undefined}>
      <Menu.Target>
        <button type="button" className="ib sm" aria-label="New console" aria-disabled={why !== undefined} title={why ?? "New console"}>
          <Icon name="plus" className="i14" />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflow: "auto" }}>
        {rows.map((row) => (
          <Menu.Item key={`${row.id}/${row.name}`} leftSection={<Icon name="console" className="i14" />} rightSection={row.name} onClick={() => openConsole(lab.id, row.id, row.name)}>
            {row.node}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
