import { Icon } from "@/ui/Icon";

export function FormError({ error }: { error: string | null }) {
  return (
    error && (
      <div className="formerr" role="alert">
        <Icon name="error" className="i14" />
        {error}
      </div>
    )
  );
}
