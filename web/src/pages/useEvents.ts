// The event stream, for as long as somebody is logged in; and what of it is worth a toast.
import { useEffect } from "react";
import { watchEvents } from "@/api/events";
import { cachedLab } from "@/api/labs";
import { isNewerServed } from "@/api/newer";
import { keys, queryClient } from "@/api/queries";
import type { Link } from "@/api/socket";
import type { Envelope, Job } from "@/api/types";
import { rightNews } from "@/model/people";
import { count, seconds } from "@/model/words";
import { noteLink, useConnection } from "@/view/connection";
import { useSheet } from "@/view/sheet";
import { notify } from "@/view/toasts";

export function useEvents(user: string): void {
  useEffect(() => {
    const onLink = (link: Link) => {
      noteLink(link);
      // A stream that is refused may mean that the session has ended; asking tells.
      if (link.state === "lost") void queryClient.invalidateQueries({ queryKey: keys.session });
    };
    const onAnew = () => void isNewerServed().then((newer) => useConnection.setState({ newer }));
    const socket = watchEvents({ onLink, onEvent: tell, onAnew });
    useConnection.setState({ socket });
    return () => {
      socket.close();
      useConnection.setState({ socket: null, link: { state: "connecting" }, lostSince_ms: null });
    };
  }, [user]);
}

/** Only of the lab that is open: the other ones' news is on their cards. */
function tell({ lab, event }: Envelope): void {
  if (!lab || lab !== useSheet.getState().lab) return;
  if (event.event === "notice") notify({ tone: "note", icon: "info", title: event.message });
  if (event.event === "my_right") {
    const { title, text } = rightNews(event.right ?? null, cachedLab(lab)?.lab.name ?? "This lab");
    notify({ tone: event.right ? "note" : "warn", icon: "lock", title, text });
  }
  if (event.event === "job" && event.job.state.state === "succeeded") tellJob(event.job);
}

const DONE = { start: "started", stop: "stopped", restart: "restarted", wipe: "wiped" };

function tellJob(job: Job): void {
  const took = job.ended_ms ? ` in ${seconds(job.ended_ms - job.started_ms)}` : "";
  const [node] = job.nodes;
  const title = job.total === 1 && node ? `${node.name} ${DONE[job.act]}` : `Lab ${DONE[job.act]}`;
  notify({ tone: "good", icon: "check", title, text: job.total === 1 ? `Done${took}` : `${count(job.total, "node")}${took}` });
}
