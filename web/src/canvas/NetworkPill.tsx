// A shared network is a pill without meters, so that nobody tries to open a console on it.
import { type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { Handles } from "./Handles";
import type { NetworkNode } from "./flow";

export const NetworkPill = memo(function NetworkPill({ data }: NodeProps<NetworkNode>) {
  return (
    <>
      <div className="net">
        <svg aria-hidden="true">
          <use href="#i-bridge" />
        </svg>
        <div>
          <div className="nm">{data.name}</div>
          <div className="sub">{data.sub}</div>
        </div>
      </div>
      <Handles />
    </>
  );
});
