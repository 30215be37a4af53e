import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { type Toast, dismiss, useToasts } from "@/view/toasts";

export function Toasts() {
  const toasts = useToasts((s) => s.toasts);
  return (
    <div className="toasts" aria-live="polite">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const { act } = toast;
  return (
    <div className="toast" role={toast.tone === "bad" ? "alert" : "status"}>
      <Icon name={toast.icon} className={toast.tone} />
      <div>
        <b>{toast.title}</b>
        {toast.text && <span>{toast.text}</span>}
      </div>
      {act && (
        <Button
          size="sm"
          onClick={() => {
            dismiss(toast.id);
            act.do();
          }}
        >
          {act.label}
        </Button>
      )}
      <IconButton icon="close" iconClass="i12" className="sm" label="Close" onClick={() => dismiss(toast.id)} />
    </div>
  );
}
