import { changePassword } from "@/api/account";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { notify } from "@/view/toasts";
import { FormError } from "./FormError";
import { useForm } from "./useForm";

export function OwnPassword({ user }: { user: string }) {
  const { busy, error, onSubmit } = useForm(async (text, form) => {
    await changePassword(user, text("current"), text("new-password"));
    form.reset();
    notify({ tone: "good", icon: "check", title: "Password changed", text: "All your sessions and tokens have ended. Log in again." });
  });
  return (
    <section className="block" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <p>With a new one, all your sessions and tokens end, this session too: log in again with it.</p>
      <form className="inline" onSubmit={onSubmit}>
        <input type="text" name="username" value={user} readOnly hidden autoComplete="username" />
        <Field label="Password now" name="current" type="password" required autoComplete="current-password" />
        <Field label="New password" name="new-password" type="password" required minLength={8} maxLength={256} autoComplete="new-password" />
        <Button type="submit" disabled={busy}>
          Change password
        </Button>
      </form>
      <FormError error={error} />
    </section>
  );
}
