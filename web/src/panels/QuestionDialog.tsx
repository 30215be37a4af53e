import { Button } from "@/ui/Button";
import type { Question } from "@/view/dialogs";

export function QuestionDialog({ question }: { question: Question }) {
  return (
    <div className="dlg" role="alertdialog" aria-labelledby="question-title" aria-describedby="question-text">
      <h2 id="question-title">{question.title}</h2>
      <p id="question-text">{question.text}</p>
      <div className="end">
        <Button size="lg" onClick={() => question.answer(false)} data-autofocus={question.danger || undefined}>
          {question.no}
        </Button>
        <Button size="lg" look={question.danger ? "danger-solid" : "primary"} onClick={() => question.answer(true)} data-autofocus={!question.danger || undefined}>
          {question.yes}
        </Button>
      </div>
    </div>
  );
}
