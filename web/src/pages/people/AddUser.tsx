import { useState } from "react";
import type { Role } from "@/api/types";
import { createUser } from "@/api/users";
import { ROLES } from "@/model/people";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { notify } from "@/view/toasts";
import { FormError } from "./FormError";
import { useForm } from "./useForm";

export function AddUser({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>("member");
  const { busy, error, onSubmit } = useForm(async (text) => {
    const name = text("new-name").trim();
    await createUser(name, text("new-password"), role);
    notify({ tone: "good", icon: "check", title: `${name} can log in now`, text: "Tell them the password; they can change it under Your account." });
    onClose();
  });
  return (
    <Dialog label="Add user" onClose={onClose}>
      <form className="dlg" onSubmit={onSubmit}>
        <h2>Add user</h2>
        <Field label="Name" name="new-name" required maxLength={64} data-autofocus autoComplete="off" spellCheck={false} autoCapitalize="off" />
        <Field label="Password" name="new-password" type="password" required minLength={8} maxLength={256} autoComplete="new-password" />
        <p className="help">8 characters at least.</p>
        <Select label="Role" options={ROLES.map(({ role: value, name, means }) => ({ value, name: `${name}: ${means}` }))} value={role} onChange={(value) => setRole(value as Role)} />
        <FormError error={error} />
        <div className="end">
          <Button size="lg" onClick={onClose}>
            Cancel
          </Button>
          <Button size="lg" look="primary" type="submit" disabled={busy}>
            Add user
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
