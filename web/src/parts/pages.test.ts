import { describe, expect, it } from 'vitest';
import { beginOf, pageOf, request } from './pages';

describe('pages', () => {
  it('begin where the ones before end', () => {
    expect([0, 1, 2, 3].map(beginOf)).toEqual([0, 100, 600, 1100]);
    expect([0, 99, 100, 599, 600, 99_999].map(pageOf)).toEqual([0, 0, 1, 1, 2, 200]);
  });
  it('are asked for by their own key where it is known', () => {
    const keys = new Map([[1, 'a'], [2, 'b']]);
    expect(request(0, keys)).toEqual({ after: '', skip: 0, limit: 100 });
    expect(request(2, keys)).toEqual({ after: 'b', skip: 0, limit: 500 });
  });
  it('are jumped to from the nearest key before them', () => {
    expect(request(200, new Map([[1, 'a'], [150, 'b'], [201, 'c']]))).toEqual({ after: 'b', skip: 25_000, limit: 500 });
    expect(request(3, new Map())).toEqual({ after: '', skip: 1100, limit: 500 });
  });
});
