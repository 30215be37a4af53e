import { useState } from "react";
import { createToken } from "@/api/account";
import type { CreatedToken } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { FormError } from "./FormError";
import { useForm } from "./useForm";

const DAYS = [7, 30, 90, 365].map((days) => ({ value: String(days), name: `${days} days` }));

export function NewToken({ onMade }: { onMade: (made: CreatedToken) => void }) {
  const [days, setDays] = useState("30");
  const { busy, error, onSubmit } = useForm(async (text, form) => {
    onMade(await createToken(text("token-name").trim(), Number(days)));
    form.reset();
  });
  return (
    <>
      <form className="inline" onSubmit={onSubmit}>
        <Field label="What it is for" name="token-name" required maxLength={64} autoComplete="off" placeholder="backup" />
        <Select label="Holds for" options={DAYS} value={days} onChange={setDays} />
        <Button type="submit" disabled={busy}>
          Make token
        </Button>
      </form>
      <FormError error={error} />
    </>
  );
}
