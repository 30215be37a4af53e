// A lab: bar, palette, sheet, inspector, dock.
import { useEffect } from "react";
import { asProblem } from "@/api/errors";
import { useLab } from "@/api/labs";
import type { LabDetail } from "@/api/types";
import { Sheet } from "@/canvas/Sheet";
import { Dock } from "@/console/Dock";
import { ContextMenu } from "@/panels/ContextMenu";
import { Palette } from "@/panels/Palette";
import { Progress } from "@/panels/Progress";
import { Tools } from "@/panels/Tools";
import { TopBar } from "@/panels/TopBar";
import { Inspector } from "@/panels/inspector/Inspector";
import { turnTo, useSheet } from "@/view/sheet";
import { useWide } from "@/view/wide";
import { LabBanners } from "./LabBanners";
import { LinkingHint, SheetEmpty } from "./LabHints";
import { NotFoundPage } from "./NotFoundPage";
import { PageError, PageState } from "./PageState";

export default function LabPage({ id }: { id: string }) {
  const { data, error, refetch } = useLab(id);
  useEffect(() => {
    turnTo(id);
    return () => turnTo(null);
  }, [id]);
  const name = data?.lab.name;
  useEffect(() => {
    document.title = name ? `${name} · nova-ve` : "nova-ve";
  }, [name]);
  // A lab that is gone says so, even while its last picture is still there.
  if (error && (!data || asProblem(error).status === 404)) {
    const status = asProblem(error).status;
    return status === 404 || status === 400 ? <NotFoundPage what="lab" /> : <PageError error={error} retry={() => void refetch()} />;
  }
  if (!data) return <PageState title="Opening the lab" />;
  return <Editor detail={data} />;
}

function Editor({ detail }: { detail: LabDetail }) {
  const { paletteOpen, inspectorOpen } = useSheet();
  const wide = useWide();
  const palette = paletteOpen ?? wide;
  const inspector = inspectorOpen ?? wide;
  return (
    <div
      className="shell on-lab"
      style={{
        "--pal": palette ? "200px" : "var(--palette-rail-w)",
        "--insp": inspector ? "308px" : "var(--inspector-rail-w)",
      }}
    >
      <TopBar detail={detail} />
      <Palette detail={detail} rail={!palette} />
      <Sheet key={detail.lab.id} detail={detail}>
        <LinkingHint detail={detail} />
        <LabBanners detail={detail} />
        <SheetEmpty detail={detail} />
        <Tools />
        <Progress lab={detail.lab.id} />
      </Sheet>
      <Inspector detail={detail} rail={!inspector} />
      <Dock detail={detail} />
      <ContextMenu />
    </div>
  );
}
