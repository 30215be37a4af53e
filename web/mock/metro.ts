// A lab with every state and every form of link in it, to look at while drawing.
import type { Lab, NodeState, NodeStatus } from "../src/api/types.ts";

type Row = [name: string, x: number, y: number, template: string, icon: string, state: NodeState, cpu: number, mb: number];

const on: NodeState = { state: "running", booted: true };
const ROWS: Row[] = [
  ["edge-1", 96, 107, "frr", "", on, 18, 205],
  ["edge-2", 324, 107, "frr", "", { state: "waiting", for_what: "edge-1" }, 0, 0],
  ["core-1", 96, 221, "frr", "", on, 34, 195],
  ["core-2", 324, 221, "frr", "", on, 12, 184],
  ["fw-1", 580, 221, "router", "firewall", on, 22, 154],
  ["leaf-1", 20, 333, "frr", "l3-switch", on, 14, 174],
  ["leaf-2", 172, 333, "frr", "l3-switch", on, 78, 266],
  ["leaf-3", 324, 333, "frr", "l3-switch", { state: "starting", step: "zebra comes up" }, 0, 0],
  ["lb-1", 580, 333, "router", "load-balancer", { state: "degraded", why: "bgpd ended with exit status 1 and is started again" }, 9, 133],
  ["host-a", 20, 447, "host", "", on, 3, 61],
  ["host-b", 172, 447, "host", "", on, 2, 60],
  ["probe-1", 324, 447, "host", "vm", { state: "stopped" }, 0, 0],
  ["web-1", 504, 447, "host", "server", { state: "running", booted: false }, 28, 112],
  ["web-2", 656, 447, "host", "server", { state: "failed", why: "no program nginx on this host: install it, or take it out of the node's processes" }, 0, 0],
];

const PAIRS = "edge-1:1 core-1:0|edge-1:2 core-2:0|edge-2:1 core-2:1|core-1:1 core-2:2|core-1:2 core-2:3|core-1:3 core-2:4|core-1:4 leaf-1:0|core-1:5 leaf-2:0|core-2:5 leaf-2:1|core-2:6 leaf-3:0|core-2:7 fw-1:0|fw-1:1 lb-1:0|leaf-1:2 host-a:0|leaf-2:2 host-b:0|leaf-3:1 probe-1:0|lb-1:1 web-1:0|lb-1:2 web-2:0".split("|");

export const METRO_ID = "5d1f5a1c-3f1d-4f0e-9a3a-6f2f6d1f7a10";

export function metroLab(): Lab {
  const names = ROWS.map(([name]) => name);
  const end = (text: string) => {
    const [name = "", index = "0"] = text.split(":");
    return { interface: { node: names.indexOf(name) + 1, interface: Number(index) } };
  };
  const links = PAIRS.map((pair, i) => {
    const [a = "", b = ""] = pair.split(" ");
    return { id: i + 1, a: end(a), b: end(b), network: i + 100, state: i === 1 ? ("cut" as const) : ("up" as const) };
  });
  const nodes = Object.fromEntries(
    ROWS.map(([name, x, y, template, icon], i) => [
      i + 1,
      {
        name,
        template,
        icon,
        position: { x, y },
        kind: "netns" as const,
        settings: name.startsWith("host") ? { gateways: ["10.1.1.1"] } : {},
        interfaces: Object.fromEntries(Array.from({ length: template === "host" ? 1 : 8 }, (_, n) => [n, { name: `eth${n}`, addresses: [`10.${i}.${n}.1/24`] }])),
        labels: name === "core-2" ? { backbone: "", area: "0" } : {},
      },
    ]),
  );
  return {
    schema: 1,
    id: METRO_ID,
    revision: 12,
    name: "Metro WAN failover",
    description: "Two ways from every site to every other. Cut edge-1 to core-2 and see the routes move.",
    nodes: nodes as Lab["nodes"],
    networks: { 1: { name: "internet", position: { x: 162, y: 20 } } },
    links: [
      ...links,
      { id: 50, a: { network: 1 }, b: end("edge-1:0"), state: "up" },
      { id: 51, a: { network: 1 }, b: end("edge-2:0"), state: "up" },
    ],
    drawings: [
      { id: 1, kind: "group", position: { x: 488, y: 318 }, text: "DMZ 10.20.0.0/24", ...{ width: 320, height: 195 } },
      { id: 2, kind: "note", position: { x: 768, y: 24 }, text: "# Failover drill\n- [x] Cut `edge-1` to `core-2`\n- [ ] OSPF heals in < 1 s\n- [ ] VIP answers on `lb-1`", ...{ width: 172 } },
    ],
  };
}

export function metroStatus(now_ms: number): Record<string, NodeStatus> {
  return Object.fromEntries(
    ROWS.map(([name, , , template, , state, cpu, mb], i) => [
      i + 1,
      {
        state,
        since_ms: state.state === "failed" ? now_ms - 2000 : now_ms - 8_040_000,
        start: 1,
        pending: name === "fw-1" ? ["interfaces"] : [],
        consoles: state.state === "running" || state.state === "degraded" ? (template === "frr" ? ["vtysh", "shell"] : ["shell"]) : [],
        processes:
          template === "frr" && state.state === "running"
            ? ["zebra", "staticd", "ospfd"].map((p, n) => ({ name: p, running: true, pid: 20 + n, restarts: n === 2 ? 1 : 0, last_end: n === 2 ? "signal 9" : "" }))
            : [],
        usage: { cpu_percent: cpu, rss_bytes: mb * 1e6 },
      },
    ]),
  );
}
