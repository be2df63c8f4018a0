// One column's shape: bins of equal width from zero, or the most frequent values with their counts beside them. SVG.
import { whole } from '../format';
import type { ColumnView } from '../views/assets';

const W = 240;
const H = 64;

export function Histogram({ column, format }: { column: ColumnView; format: (value: number | undefined) => string }) {
  const bins = column.histogram;
  if (bins.length > 1) {
    const most = Math.max(1, ...bins.map((bin) => bin.count));
    const width = W / bins.length;
    return (
      <svg viewBox={`0 0 ${W} ${H + 14}`} role="img" aria-label={`histogram of ${column.name} from ${format(bins[0]!.low)} to ${format(bins[bins.length - 1]!.high)}`}>
        {bins.map((bin, i) => {
          const height = (H * bin.count) / most;
          return <rect x={i * width + 0.5} y={H - height} width={Math.max(1, width - 1)} height={bin.count > 0 ? Math.max(1, height) : 0}><title>{`${format(bin.low)} to ${format(bin.high)}: ${whole(bin.count)} rows`}</title></rect>;
        })}
        <line x1="0" y1={H} x2={W} y2={H} />
        <text x="0" y={H + 12}>{format(bins[0]!.low)}</text>
        <text x={W} y={H + 12} text-anchor="end">{format(bins[bins.length - 1]!.high)}</text>
      </svg>
    );
  }
  const top = column.top.slice(0, 4);
  const most = Math.max(1, ...top.map((value) => value.count));
  return (
    <svg viewBox={`0 0 ${W} ${H + 14}`} role="img" aria-label={`most frequent values of ${column.name}`}>
      {top.map((value, i) => (
        <>
          <text x="0" y={i * 19 + 12}>{value.value.length > 14 ? value.value.slice(0, 13) + '…' : value.value || '(empty)'}</text>
          <rect x="100" y={i * 19 + 2} width={Math.max(1, (80 * value.count) / most)} height="12"><title>{`${value.value}: ${whole(value.count)} rows`}</title></rect>
          <text x={W} y={i * 19 + 12} text-anchor="end">{whole(value.count)}</text>
        </>
      ))}
    </svg>
  );
}
