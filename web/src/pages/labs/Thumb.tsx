import { memo } from "react";
import type { Thumbnail } from "@/api/types";
import { type Dot, HEIGHT, WIDTH, pictureOf } from "@/model/thumbnail";

/** The lab as a small picture; `still` draws all nodes as if they ran, for samples. */
export const Thumb = memo(function Thumb({ thumbnail, still = false }: { thumbnail: Thumbnail; still?: boolean }) {
  const { dots, pills, lines } = pictureOf(thumbnail);
  return (
    <div className="thumb">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {lines.map((line) => (
          <path key={line.key} className={line.live || still ? "w-on" : "w-off"} d={line.path} />
        ))}
        {pills.map(({ key, x, y }) => (
          <rect key={key} className="n-network" x={x - 11} y={y - 5} width={22} height={10} rx={5} />
        ))}
        {dots.map((dot) => (
          <Form key={dot.key} dot={dot} className={`n-${still ? "running" : dot.mark}`} />
        ))}
      </svg>
    </div>
  );
});

function Form({ dot: { x, y, shape }, className }: { dot: Dot; className: string }) {
  switch (shape) {
    case "router":
      return <circle className={className} cx={x} cy={y} r={7.5} />;
    case "switch":
      return <rect className={className} x={x - 8} y={y - 6.5} width={16} height={13} rx={4} />;
    case "guard":
      return <path className={className} d={`M${x} ${y - 8.5}l7.5 2.6v5.2c0 4.4-3 7.3-7.5 9.2-4.5-1.9-7.5-4.8-7.5-9.2v-5.2z`} />;
    case "host":
      return <rect className={className} x={x - 5.5} y={y - 5.5} width={11} height={11} rx={2.2} />;
  }
}
