/** The last figures as a small area; nothing until there are two of them. */
export function Spark({ values, most }: { values: number[]; most: number }) {
  if (values.length < 2) return <svg aria-hidden="true" />;
  const top = Math.max(most, ...values, 1e-9);
  const points = values.map((v, i) => `${((i / (values.length - 1)) * 130).toFixed(1)} ${(21 - (v / top) * 18).toFixed(1)}`);
  const line = points.join(" L");
  return (
    <svg viewBox="0 0 130 24" preserveAspectRatio="none" aria-hidden="true">
      <path d={`M${line} L130 24 L0 24Z`} fill="var(--text-3)" opacity={0.13} />
      <path d={`M${line}`} fill="none" stroke="var(--text-3)" strokeWidth={1.4} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
