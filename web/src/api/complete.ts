// Makes an answer whole at the border, so that nothing behind it asks whether a list is there.
import type { LabDetail, WireLabDetail } from "./types";

export function completeLab(detail: WireLabDetail): LabDetail {
  const { lab } = detail;
  return {
    ...detail,
    lab: {
      ...lab,
      revision: lab.revision ?? 0,
      nodes: lab.nodes ?? {},
      networks: lab.networks ?? {},
      links: lab.links ?? [],
      drawings: lab.drawings ?? [],
    },
  };
}
