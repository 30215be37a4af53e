// Files and folders dropped anywhere on the page.
import { type DragEvent, useRef, useState } from "react";
import { type Picked, droppedFiles } from "@/actions/pickFiles";

export function useFileDrop(onFiles: (files: Promise<Picked[]>) => void) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const enter = (by: number) => {
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  return {
    over,
    handlers: {
      onDragEnter: (event: DragEvent) => {
        if (holdsFiles(event)) enter(1);
      },
      onDragLeave: (event: DragEvent) => {
        if (holdsFiles(event)) enter(-1);
      },
      onDragOver: (event: DragEvent) => {
        if (holdsFiles(event)) event.preventDefault();
      },
      onDrop: (event: DragEvent) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        onFiles(droppedFiles(event.dataTransfer));
      },
    },
  };
}
