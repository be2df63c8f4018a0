// What is owed over time: one line from zero, hover or arrow keys say what was incurred and paid in an interval.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { TrendPoint } from '../api';
import { date, labour } from '../format';

export function Trend({ points }: { points: TrendPoint[] }) {
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    if (!place.current || points.length < 2) return;
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue('--soft').trim();
    const accent = style.getPropertyValue('--accent').trim();
    const plot = new uPlot(
      {
        width: place.current.clientWidth, height: 130, legend: { show: false }, cursor: { y: false, points: { size: 6 } },
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.05, 1)] } },
        axes: [
          { stroke: ink, grid: { show: false }, ticks: { show: false }, values: (_plot, splits) => splits.map((s) => date(s * 1e6)), space: 90 },
          { stroke: ink, size: 60, grid: { stroke: style.getPropertyValue('--line').trim(), width: 1 }, ticks: { show: false }, values: (_plot, splits) => splits.map((s) => labour(s)) },
        ],
        series: [{}, { stroke: accent, width: 2, fill: undefined, paths: uPlot.paths.stepped!({ align: 1 }), points: { show: points.length < 20 } }],
        hooks: { setCursor: [(self) => setAt(self.cursor.idx ?? null)] },
      },
      [points.map((p) => p.at / 1e6), points.map((p) => p.principal_s)],
      place.current,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: place.current?.clientWidth ?? 600, height: 130 }));
    watch.observe(place.current);
    return () => { watch.disconnect(); plot.destroy(); };
  }, [points]);
  if (points.length < 2) return <p class="soft">A trend needs two dates; the next audit adds one.</p>;
  const point = at === null ? points[points.length - 1] : points[at];
  return (
    <section aria-label="Owed over time">
      <div ref={place} class="trend" />
      {point && <p class="soft">{date(point.at)}: owed {labour(point.principal_s)}, incurred {labour(point.incurred_s)}, paid {labour(point.paid_s)}, retired {labour(point.retired_s)}</p>}
    </section>
  );
}
