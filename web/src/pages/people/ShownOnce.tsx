import type { CreatedToken } from "@/api/types";
import { Button } from "@/ui/Button";
import { CopyBox } from "@/ui/CopyBox";

/** The one time that a token is seen; the server keeps only its hash. */
export function ShownOnce({ made, onClose }: { made: CreatedToken; onClose: () => void }) {
  return (
    <div className="once" role="status">
      <p>
        <b>{made.token.name} is made.</b> Copy it now: it is not shown again.
      </p>
      <CopyBox label={`The token ${made.token.name}`} text={made.secret} />
      <p className="help">
        Use it as <code>NOVA_VE_TOKEN</code> with the command line, or as <code>Authorization: Bearer …</code>.
      </p>
      <Button size="sm" onClick={onClose}>
        I have it
      </Button>
    </div>
  );
}
