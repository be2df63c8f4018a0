// What is owed over time: one line from zero; the pointer or the arrow keys say what was incurred and paid in an interval.
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { TrendPoint } from '../api';
import { date, labour, time } from '../format';

const HEIGHT = 132;
const DAY_US = 86_400_000_000;

/** Counts up when the colours change: light and dark, screen and paper. */
function useScheme(): number {
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const lists = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print')];
    const changed = () => setScheme((n) => n + 1);
    lists.forEach((list) => list.addEventListener('change', changed));
    return () => lists.forEach((list) => list.removeEventListener('change', changed));
  }, []);
  return scheme;
}

export function Trend({ points }: { points: TrendPoint[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const scheme = useScheme();
  const span = points.length > 1 ? points[points.length - 1]!.at - points[0]!.at : 0;
  const when = span > 2 * DAY_US ? date : time;
  useEffect(() => {
    if (!place.current || points.length < 2) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const font = '12px system-ui, sans-serif';
    const draw = (Plot: typeof uPlot, place: HTMLElement) => new Plot(
      {
        width: place.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { y: false, points: { size: 7 } },
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.05, 1)] } },
        axes: [
          { stroke: colour('--soft'), font, grid: { show: false }, ticks: { show: false }, values: (_plot, splits) => splits.map((s) => (span > 2 * DAY_US ? date(s * 1e6) : time(s * 1e6).slice(11, 16))), space: 100, size: 30 },
          { stroke: colour('--soft'), font, size: (_plot, values) => 14 + 7.5 * Math.max(6, ...(values ?? []).map((value) => value.length)), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, values: (_plot, splits) => splits.map((s) => (s === 0 ? '0' : labour(s))), space: 32 },
        ],
        series: [{}, { stroke: colour('--accent'), width: 2, fill: colour('--band'), paths: Plot.paths.stepped!({ align: 1 }), points: { show: points.length < 20, size: 6 } }],
        hooks: { setCursor: [(self) => setAt(self.cursor.idx ?? null)] },
      },
      [points.map((p) => p.at / 1e6), points.map((p) => p.principal_s)],
      place,
    );
    const watch = new ResizeObserver(() => plot.current?.setSize({ width: place.current?.clientWidth ?? 600, height: HEIGHT }));
    // After the words and rows of the first screen: it is the larger half of the page's code.
    let gone = false;
    void import('uplot').then(({ default: Plot }) => {
      if (gone || !place.current) return;
      plot.current = draw(Plot, place.current);
      watch.observe(place.current);
    });
    return () => { gone = true; watch.disconnect(); plot.current?.destroy(); plot.current = undefined; };
  }, [points, scheme]);
  if (points.length < 2) return <p class="soft">A trend needs two dates; the next audit adds one.</p>;
  const index = at ?? points.length - 1;
  const point = points[index]!;
  const step = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !plot.current) return;
    event.preventDefault();
    const next = Math.min(points.length - 1, Math.max(0, index + by));
    plot.current.setCursor({ left: plot.current.valToPos(points[next]!.at / 1e6, 'x'), top: 0 });
    setAt(next);
  };
  return (
    <section class="trend" aria-label="Owed over time">
      <div class="plot" ref={place} tabIndex={0} role="img" onKeyDown={step}
        aria-label={`Owed from ${labour(points[0]!.principal_s)} at ${when(points[0]!.at)} to ${labour(points[points.length - 1]!.principal_s)} at ${when(points[points.length - 1]!.at)}; arrow keys go from point to point`} />
      <p class="soft" aria-live="polite"><b>{when(point.at)}</b> owed {labour(point.principal_s)}; since the point before: incurred {labour(point.incurred_s)}, paid {labour(point.paid_s)}, retired {labour(point.retired_s)}. Means on the books since the first booking.</p>
    </section>
  );
}
