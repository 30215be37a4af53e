// What is on the host and the lab does not declare: drawn beside what it is joined to, never part of the lab.
import { ViewportPortal } from "@xyflow/react";
import { adoptDrift, useDrift } from "@/api/drift";
import { tellIfItFails } from "@/actions/run";
import type { LabDetail } from "@/api/types";
import { type Stranger, adoptWords, strangersOf, whyOf } from "@/model/drift";
import type { Box } from "@/model/geometry";
import { mayEdit } from "@/model/people";

export function Strangers({ detail, boxes }: { detail: LabDetail; boxes: ReadonlyMap<string, Box> }) {
  const { data } = useDrift(detail.lab.id);
  const strangers = strangersOf(detail.lab, data ?? []);
  if (strangers.length === 0) return null;
  return (
    <ViewportPortal>
      {strangers.map((stranger) => (
        <Pill key={stranger.item.drift.id} detail={detail} stranger={stranger} box={boxes.get(stranger.at)} />
      ))}
    </ViewportPortal>
  );
}

const PILL = { w: 150, h: 30 };

function Pill({ detail, stranger, box }: { detail: LabDetail; stranger: Stranger; box: Box | undefined }) {
  const { item, place } = stranger;
  const adopt = mayEdit(detail) ? adoptWords(item) : null;
  const from = { x: place.x + PILL.w / 2, y: place.y + PILL.h / 2 };
  const to = box ? { x: box.x + box.w / 2, y: box.y + box.h / 2 } : from;
  return (
    <>
      <svg className="stranger-wire" aria-hidden="true">
        <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      </svg>
      <div className="stranger nopan" role="note" aria-label={whyOf(item)} title={[whyOf(item), item.why_not].filter(Boolean).join(". ")} style={{ left: place.x, top: place.y }}>
        <code>{item.drift.device}</code>
        {adopt ? (
          <button type="button" onClick={() => tellIfItFails(() => adoptDrift(detail.lab.id, item))}>
            {adopt}
          </button>
        ) : (
          <span>Not declared</span>
        )}
      </div>
    </>
  );
}
