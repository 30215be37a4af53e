import { useState } from "react";
import type { UserDetail } from "@/api/types";
import { removeUser } from "@/api/users";
import { count } from "@/model/words";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Select } from "@/ui/Select";
import { notify } from "@/view/toasts";
import { FormError } from "./FormError";
import { useForm } from "./useForm";

interface Props {
  user: UserDetail;
  users: UserDetail[];
  me: string;
  onClose: () => void;
}

/** Says what happens to the labs, and lets one choose who gets them. */
export function RemoveUser({ user, users, me, onClose }: Props) {
  const others = users.map((other) => other.username).filter((name) => name !== user.username);
  const [heir, setHeir] = useState(others.includes(me) ? me : (others[0] ?? me));
  const { busy, error, onSubmit } = useForm(async () => {
    await removeUser(user.username, heir);
    notify({ tone: "good", icon: "check", title: `${user.username} is removed`, ...(user.lab_count > 0 ? { text: `${count(user.lab_count, "lab")} went to ${heir}.` } : {}) });
    onClose();
  });
  return (
    <Dialog label={`Remove ${user.username}`} onClose={onClose}>
      <form className="dlg" onSubmit={onSubmit}>
        <h2>Remove {user.username}?</h2>
        <p>{user.lab_count > 0 ? `${count(user.lab_count, "lab")} ${user.lab_count === 1 ? "gets" : "get"} another owner; what runs in ${user.lab_count === 1 ? "it" : "them"} goes on.` : "They own no lab."} All their sessions and tokens end.</p>
        {user.lab_count > 0 && <Select label="Labs go to" options={others.map((name) => ({ value: name, name: name === me ? `${name} (you)` : name }))} value={heir} onChange={setHeir} />}
        <FormError error={error} />
        <div className="end">
          <Button size="lg" onClick={onClose} data-autofocus>
            Keep
          </Button>
          <Button size="lg" look="danger-solid" type="submit" disabled={busy}>
            Remove user
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
