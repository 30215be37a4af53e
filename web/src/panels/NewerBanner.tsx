import { Banner } from "@/ui/Banner";
import { Button } from "@/ui/Button";
import { useConnection } from "@/view/connection";

/** After an upgrade under an open tab. What was drawn is saved already, and consoles come back by themselves. */
export function NewerBanner() {
  const { newer, lostSince_ms } = useConnection();
  if (!newer || lostSince_ms !== null) return null;
  return (
    <Banner
      tone="info"
      icon="info"
      className="offline"
      action={
        <Button size="sm" onClick={() => location.reload()}>
          Reload
        </Button>
      }
    >
      <b>nova-ve was upgraded.</b> Reload this page to use the new version; nothing is lost.
    </Banner>
  );
}
