// What everybody should know about this run of the server: that labs stay stopped after a reboot.
import { useSystem } from "@/api/meta";
import { Banner } from "@/ui/Banner";

export function HostNotice() {
  const { data: system } = useSystem();
  if (!system?.notice) return null;
  return (
    <Banner tone="info" icon="info">
      <b>Notice:</b> {system.notice}
    </Banner>
  );
}
