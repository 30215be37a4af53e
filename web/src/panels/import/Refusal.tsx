import { asProblem } from "@/api/errors";
import { Icon } from "@/ui/Icon";

/** Why a file is no lab: every problem with its place. */
export function Refusal({ error }: { error: unknown }) {
  const { message, cure, problems } = asProblem(error);
  return (
    <div className="prob" role="alert">
      <h2>
        <Icon name="error" /> {message}
      </h2>
      {cure && <p>{cure}</p>}
      <ul className="losses" tabIndex={0} aria-label="Problems">
        {problems.map((problem, n) => (
          <li key={n}>
            <b>{problem.message}</b>
            {problem.at && <code className="mono">{problem.at}</code>}
          </li>
        ))}
      </ul>
    </div>
  );
}
