import { Banner } from "@/ui/Banner";
import { Button } from "@/ui/Button";
import { useNow } from "@/view/clock";
import { useConnection } from "@/view/connection";

/** A break shorter than this is not worth a word. */
const PATIENCE_MS = 1200;

export function OfflineBanner() {
  const { link, lostSince_ms, socket } = useConnection();
  const now = useNow(500);
  if (lostSince_ms === null || now - lostSince_ms < PATIENCE_MS) return null;
  const left = link.state === "lost" ? Math.max(0, Math.ceil((link.retryAt_ms - now) / 1000)) : 0;
  return (
    <Banner
      tone="warn"
      icon="offline"
      className="offline"
      action={
        <Button size="sm" onClick={() => socket?.retryNow()}>
          Try now
        </Button>
      }
    >
      <b>Connection lost.</b> The lab keeps running. {left > 0 ? `Trying again in ${left} s.` : "Trying now."}
    </Banner>
  );
}
