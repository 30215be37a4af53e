// The quiet topology behind the card: one path is lit, the rest waits.

const NODES = [[150, 170], [390, 110], [150, 420], [330, 330], [150, 680], [390, 780], [1050, 120], [1290, 190], [1110, 350], [1290, 470], [1050, 760], [1290, 700], [720, 60], [720, 850]] as const;
const EDGES = [[0, 1], [0, 3], [2, 3], [2, 4], [4, 5], [1, 3], [6, 7], [6, 8], [7, 8], [8, 9], [9, 11], [10, 11], [1, 12], [12, 6], [5, 13], [13, 10], [3, 5], [8, 10]] as const;
const LIT = new Set(["2,3", "1,3", "1,12", "12,6", "6,8", "8,9"]);
const ON = new Set([2, 3, 1, 12, 6, 8, 9]);

function path([a, b]: readonly [number, number]): string {
  const [x1, y1] = NODES[a] ?? [0, 0];
  const [x2, y2] = NODES[b] ?? [0, 0];
  const m = (x1 + x2) / 2;
  return Math.abs(x1 - x2) < 40 ? `M${x1} ${y1}L${x2} ${y2}` : `M${x1} ${y1}C${m} ${y1} ${m} ${y2} ${x2} ${y2}`;
}

export function LoginBackdrop() {
  return (
    <svg className="back" viewBox="0 0 1440 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {EDGES.map((edge) => {
        const lit = LIT.has(edge.join(","));
        return (
          <g key={edge.join(",")}>
            {lit && <path className="halo" d={path(edge)} />}
            <path className={lit ? "lit" : ""} d={path(edge)} />
          </g>
        );
      })}
      <g className="ghost">
        {NODES.map(([x, y], i) => (
          <g key={i}>
            <rect x={x - 60} y={y - 21} width="120" height="42" rx="11" />
            <rect className="barlet" x={x - 16} y={y - 9} width={38 + (i % 3) * 8} height="7" rx="3.5" />
            <rect className="barlet" x={x - 16} y={y + 4} width={26 + (i % 4) * 6} height="5" rx="2.5" />
            <rect className="barlet" x={x - 51} y={y - 13} width="26" height="26" rx={i % 2 ? 13 : 7} />
            <circle className={ON.has(i) ? "on" : ""} cx={x + 47} cy={y - 8} r="3.6" />
          </g>
        ))}
      </g>
    </svg>
  );
}
