import type { UserDetail } from "@/api/types";
import { setPassword } from "@/api/users";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { notify } from "@/view/toasts";
import { FormError } from "./FormError";
import { useForm } from "./useForm";

/** Another's password, for who has lost it. */
export function ResetPassword({ user, onClose }: { user: UserDetail; onClose: () => void }) {
  const { busy, error, onSubmit } = useForm(async (text) => {
    await setPassword(user.username, text("new-password"));
    notify({ tone: "good", icon: "check", title: "Password set", text: `${user.username} has to log in again.` });
    onClose();
  });
  return (
    <Dialog label={`Set the password of ${user.username}`} onClose={onClose}>
      <form className="dlg" onSubmit={onSubmit}>
        <h2>Set the password of {user.username}</h2>
        <p>All their sessions and tokens end.</p>
        <Field label="New password" name="new-password" type="password" required minLength={8} maxLength={256} autoComplete="new-password" data-autofocus />
        <FormError error={error} />
        <div className="end">
          <Button size="lg" onClick={onClose}>
            Cancel
          </Button>
          <Button size="lg" look="primary" type="submit" disabled={busy}>
            Set password
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
