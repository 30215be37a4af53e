// With whom a lab is shared, and what each may do. For its owner and administrators.
import { type SyntheticEvent, useState } from "react";
import { tellIfItFails } from "@/actions/run";
import { causeAndCure } from "@/api/errors";
import { removeShare, setShare, useShares } from "@/api/shares";
import type { Right } from "@/api/types";
import { RIGHTS } from "@/model/people";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { type ShareWish, show } from "@/view/dialogs";

const OPTIONS = RIGHTS.map(({ right, name, means }) => ({ value: right, name: `${name}: ${means}` }));
const SHORT = RIGHTS.map(({ right, name }) => ({ value: right, name }));

export function ShareDialog({ lab, name, owner }: ShareWish) {
  const { data: shares, error } = useShares(lab);
  return (
    <div className="dlg share">
      <h2>Share {name}</h2>
      <p>{owner} owns it. Administrators may do everything in it.</p>
      <AddShare lab={lab} />
      {error && <p className="help e">{causeAndCure(error).cause}</p>}
      {shares?.length === 0 && <p className="none">Shared with nobody yet.</p>}
      <ul className="people" aria-label="Shared with">
        {shares?.map(({ user, right }) => (
          <li key={user.id}>
            <Avatar name={user.username} />
            <b>{user.username}</b>
            <Select quiet label={`What ${user.username} may do`} options={SHORT} value={right} onChange={(value) => tellIfItFails(() => setShare(lab, user.username, value as Right))} />
            <IconButton icon="close" iconClass="i12" className="sm" label={`Stop sharing with ${user.username}`} onClick={() => tellIfItFails(() => removeShare(lab, user.username))} />
          </li>
        ))}
      </ul>
      <div className="end">
        <Button size="lg" onClick={() => show(null)}>
          Done
        </Button>
      </div>
    </div>
  );
}

function AddShare({ lab }: { lab: string }) {
  const [user, setUser] = useState("");
  const [right, setRight] = useState<Right>("view");
  const [error, setError] = useState<string | null>(null);
  const add = async (event: SyntheticEvent) => {
    event.preventDefault();
    try {
      await setShare(lab, user.trim(), right);
      setUser("");
      setError(null);
    } catch (problem) {
      const { cause, cure } = causeAndCure(problem);
      setError([cause, cure].filter(Boolean).join(" "));
    }
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Field label="User name" value={user} error={error} onChange={(event) => setUser(event.target.value)} data-autofocus autoComplete="off" spellCheck={false} autoCapitalize="off" />
      <Select label="May" options={OPTIONS} value={right} onChange={(value) => setRight(value as Right)} />
      <Button look="primary" type="submit" off={user.trim() ? null : "Type a user's name first."}>
        Share
      </Button>
    </form>
  );
}
