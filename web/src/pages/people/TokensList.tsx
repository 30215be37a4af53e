import { useState } from "react";
import { tellIfItFails } from "@/actions/run";
import { endToken, useTokens } from "@/api/account";
import { causeAndCure } from "@/api/errors";
import type { CreatedToken, Token } from "@/api/types";
import { holdsFor } from "@/model/people";
import { ago } from "@/model/words";
import { Button } from "@/ui/Button";
import { ask } from "@/view/dialogs";
import { useNow } from "@/view/clock";
import { NewToken } from "./NewToken";
import { ShownOnce } from "./ShownOnce";

export function TokensList() {
  const { data: tokens, error } = useTokens();
  const [made, setMade] = useState<CreatedToken | null>(null);
  const now_ms = useNow(30_000);
  return (
    <section className="block" aria-labelledby="tokens-title">
      <h2 id="tokens-title">Tokens</h2>
      <p>For scripts: a token does what you may do, until its end. It changes no password, user, session or token.</p>
      {made && <ShownOnce made={made} onClose={() => setMade(null)} />}
      {error && <p className="help e">{causeAndCure(error).cause}</p>}
      {tokens?.length === 0 && <p className="none">No tokens yet.</p>}
      <table className="rowsheet">
        <tbody>
          {tokens?.map((token) => (
            <tr key={token.id}>
              <th scope="row">{token.name}</th>
              <td className="muted">holds {holdsFor(token.expires_ms, now_ms)}</td>
              <td className="muted">{token.last_used_ms ? `used ${ago(token.last_used_ms, now_ms)}` : "never used"}</td>
              <td className="end">
                <Button size="sm" onClick={() => tellIfItFails(() => askAndEnd(token))} aria-label={`End the token ${token.name}`}>
                  End
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <NewToken onMade={setMade} />
    </section>
  );
}

async function askAndEnd(token: Token): Promise<void> {
  const yes = await ask({ title: `End the token ${token.name}?`, text: "What uses it is refused from then on.", yes: "End token", danger: true });
  if (yes) await endToken(token.id);
}
