// Everything that has a history: who owns it, when it was last refreshed and read; and one data set's profile.
import { useState } from 'preact/hooks';
import { bytes, date, number, share, time, whole } from '../format';
import { useGet } from '../load';
import { Histogram } from '../parts/histogram';
import { Empty, Problem, SameAs, Skeleton } from '../parts/frame';
import { Table } from '../parts/table';
import { address, set } from '../router';

interface Asset {
  id: string; namespace: string; name: string; kind: string; owner: string; owner_origin: string; created: number;
  last_version_at: number; last_read_at: number; versions: number; readers: number; current_version: string;
}
interface AssetList { assets: Asset[]; next?: string; total: number }
interface Version { digest: string; size: number; rows: number; created: number; slice: string }
interface ValueCount { value: string; count: number }
export interface ColumnView {
  name: string; type: string; rows: number; nulls: number; null_share: number; distinct: number; distinct_exact: boolean;
  mean?: number; standard_deviation?: number; min?: number; q25?: number; median?: number; q75?: number; max?: number;
  quantiles_exact: boolean; rank_error: number; most_frequent: string; most_frequent_count: number;
  histogram: { low: number; high: number; count: number }[]; top: ValueCount[];
}
interface DatasetView { asset: string; version: string; slice: string; created: number; rows: number; size: number; columns: ColumnView[] }

export function Assets() {
  const parameters = address.value.parameters;
  const text = parameters.get('text') ?? '';
  const [pages, setPages] = useState<string[]>([]);
  const after = pages[pages.length - 1];
  const list = useGet<AssetList>('/api/assets', { text, kind: parameters.get('kind') ?? undefined, after, limit: 200 }).value;
  if (list.error) return <Problem error={list.error} />;
  if (!list.value) return <Skeleton rows={12} />;
  if (list.value.total === 0 && !text) return <Empty what="Nothing has been versioned or audited yet." command="solvent data put FILE --name NAME" />;
  return (
    <>
      <h1>Assets <span class="soft">{whole(list.value.total)}</span></h1>
      <div class="filter"><label>Name contains <input type="search" value={text} onChange={(event) => { setPages([]); set({ text: event.currentTarget.value || undefined }); }} /></label></div>
      <Table label="Assets" rows={list.value.assets} keyOf={(asset) => asset.id} columns={[
        { title: 'Name', cell: (asset) => <a href={`/assets/${encodeURIComponent(asset.name)}`}>{asset.name}</a> },
        { title: 'Kind', cell: (asset) => asset.kind },
        { title: 'Owner', cell: (asset) => asset.owner || <span class="state relapsed">unowned</span> },
        { title: 'Versions', right: true, cell: (asset) => whole(asset.versions) },
        { title: 'Newest', cell: (asset) => date(asset.last_version_at) },
        { title: 'Last read', cell: (asset) => date(asset.last_read_at) },
        { title: 'Readers', right: true, cell: (asset) => whole(asset.readers) },
      ]} />
      <p>
        {pages.length > 0 && <button type="button" onClick={() => setPages(pages.slice(0, -1))}>← back</button>}
        {list.value.next && <button type="button" onClick={() => setPages([...pages, list.value!.next!])}>more →</button>}
      </p>
      <SameAs command={`solvent asset list${text ? ` --text ${text}` : ''}`} />
    </>
  );
}

export function OneAsset({ name }: { name: string }) {
  const path = encodeURIComponent(name);
  const asset = useGet<Asset>(`/api/assets/${path}`).value;
  const versions = useGet<{ versions: Version[] }>(asset.value ? `/api/assets/${path}/versions` : '', { limit: 100 }).value;
  const version = address.value.parameters.get('version') ?? '';
  if (asset.error) return <Problem error={asset.error} />;
  if (!asset.value) return <Skeleton rows={12} />;
  const a = asset.value;
  return (
    <>
      <h1>{a.name} <span class="soft">{a.kind}</span></h1>
      <p>Owner {a.owner ? <>{a.owner} <span class="soft">({a.owner_origin})</span></> : <span class="state relapsed">unowned</span>}; {whole(a.versions)} {a.versions === 1 ? 'version' : 'versions'}, newest {date(a.last_version_at)}; {a.last_read_at ? <>last read {date(a.last_read_at)} by {whole(a.readers)} {a.readers === 1 ? 'reader' : 'readers'}</> : 'never read by a run'}.</p>
      {a.kind === 'dataset' && <Profile dataset={a.name} version={version} />}
      {versions.value && versions.value.versions.length > 0 && (
        <section>
          <h2>Versions</h2>
          <Table label="Versions" rows={versions.value.versions} keyOf={(v) => v.digest} columns={[
            { title: 'Version', cell: (v) => <a href={`/assets/${path}?version=${v.digest}`} aria-current={v.digest === version ? 'true' : undefined}><code>{v.digest.slice(0, 12)}</code></a> },
            { title: 'Slice', cell: (v) => v.slice || 'whole' },
            { title: 'Rows', right: true, cell: (v) => (v.rows < 0 ? '–' : whole(v.rows)) },
            { title: 'Size', right: true, cell: (v) => bytes(v.size) },
            { title: 'Made', cell: (v) => time(v.created) },
          ]} />
        </section>
      )}
      <SameAs command={a.kind === 'dataset' ? `solvent data show ${a.name}${version ? ` --version ${version.slice(0, 12)}` : ''}` : `solvent asset show ${a.name}`} />
    </>
  );
}

function Profile({ dataset, version }: { dataset: string; version: string }) {
  const view = useGet<DatasetView>(`/api/data/${encodeURIComponent(dataset)}`, { version }).value;
  if (view.error) return <Problem error={view.error} />;
  if (!view.value) return <Skeleton rows={10} />;
  const { rows, size, slice, columns, created } = view.value;
  return (
    <section>
      <h2>Profile <span class="soft">{whole(rows)} rows{slice && ` where ${slice}`}, {bytes(size)} stored, of {date(created)}</span></h2>
      <div class="multiples">{columns.map((column) => <ColumnCard column={column} />)}</div>
    </section>
  );
}

function ColumnCard({ column: c }: { column: ColumnView }) {
  const isTime = c.type === 'time' || c.type === 'date';
  const shown = (value: number | undefined) => (isTime && value !== undefined ? date(value) : number(value));
  return (
    <article class="column" aria-label={`column ${c.name}`}>
      <h3>{c.name} <span class="soft">{c.type}</span></h3>
      <Histogram column={c} format={shown} />
      <p class="soft">
        {c.nulls > 0 ? <strong>{share(c.null_share)} missing, </strong> : 'none missing, '}
        {c.distinct_exact ? '' : '≈'}{whole(c.distinct)} distinct
        {c.mean !== undefined && !isTime && <>, mean {number(c.mean)}, median {number(c.median)}{c.quantiles_exact ? '' : ` (rank ±${share(c.rank_error)})`}</>}
      </p>
    </article>
  );
}
