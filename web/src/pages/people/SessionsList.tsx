import { tellIfItFails } from "@/actions/run";
import { endSession, useSessions } from "@/api/account";
import { causeAndCure } from "@/api/errors";
import { agentName } from "@/model/people";
import { ago } from "@/model/words";
import { useNow } from "@/view/clock";
import { notify } from "@/view/toasts";
import { Button } from "@/ui/Button";

export function SessionsList() {
  const { data: sessions, error } = useSessions();
  const now_ms = useNow(30_000);
  const others = sessions?.filter((session) => !session.current) ?? [];
  const endOthers = async () => {
    for (const session of others) await endSession(session.id);
    notify({ tone: "good", icon: "check", title: "Your other sessions have ended" });
  };
  return (
    <section className="block" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      <p>Where you are logged in. What an ended session has open closes at once.</p>
      {error && <p className="help e">{causeAndCure(error).cause}</p>}
      <table className="rowsheet">
        <tbody>
          {sessions?.map((session) => (
            <tr key={session.id}>
              <th scope="row" title={session.user_agent}>
                {agentName(session.user_agent)}
                {session.current && <span className="chip">this one</span>}
              </th>
              <td className="mono muted">{session.address}</td>
              <td className="muted">seen {ago(session.last_seen_ms, now_ms)}</td>
              <td className="muted">begun {ago(session.created_ms, now_ms)}</td>
              <td className="end">
                {!session.current && (
                  <Button size="sm" onClick={() => tellIfItFails(() => endSession(session.id))} aria-label={`End the session ${agentName(session.user_agent)} from ${session.address}`}>
                    End
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button off={others.length > 0 ? null : "This is your only session."} onClick={() => tellIfItFails(endOthers)}>
        End the others
      </Button>
    </section>
  );
}
