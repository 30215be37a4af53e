import { type KeyboardEvent, type SyntheticEvent, useState } from "react";
import { causeAndCure } from "@/api/errors";
import { hasEnded, logIn } from "@/api/session";
import { Button, IconButton } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { LoginBackdrop } from "./LoginBackdrop";

export function LoginPage() {
  const [caps, setCaps] = useState(false);
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    };
    setBusy(true);
    setError(null);
    try {
      await logIn(text("username"), text("password"));
    } catch (problem) {
      const { cause, cure } = causeAndCure(problem);
      setError([cause, cure].filter(Boolean).join(" "));
      setBusy(false);
    }
  };
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState("CapsLock"));

  return (
    <div className="login">
      <LoginBackdrop />
      <main className="card">
        <div className="brand">
          <svg aria-hidden="true">
            <use href="#i-mark" />
          </svg>
          nova-ve
        </div>
        <h1>Sign in</h1>
        <p>to the lab host {location.host}</p>
        {hasEnded() && (
          <p className="ended" role="status">
            Your session has ended. Sign in to go on where you were.
          </p>
        )}
        <form onSubmit={submit} onKeyUp={watchCaps}>
          <Field label="Name" name="username" autoComplete="username" autoFocus required spellCheck={false} autoCapitalize="off" />
          <Field
            label="Password"
            name="password"
            type={shown ? "text" : "password"}
            autoComplete="current-password"
            required
            end={<IconButton icon="eye" className="sm" label={shown ? "Hide password" : "Show password"} aria-pressed={shown} onClick={() => setShown(!shown)} />}
          />
          {caps && (
            <div className="err warn" role="status">
              <Icon name="warning" className="i14" />
              Caps Lock is on.
            </div>
          )}
          {error && (
            <div className="err" role="alert">
              <Icon name="error" className="i14" />
              {error}
            </div>
          )}
          <Button look="primary" size="lg" type="submit" disabled={busy}>
            {busy ? "Signing in" : "Sign in"}
          </Button>
        </form>
      </main>
    </div>
  );
}
