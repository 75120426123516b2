/**
 * Sorts an array until its first items are in place, as Redis does where only some of the results are wanted: the
 * quicksort of Bentley and McIlroy, without the parts past those items. It is not stable, and which of several equal
 * items come first shows in replies: so this takes the same steps.
 */
type Compare<Item> = (left: Item, right: Item) => number;

const INSERTION_MAX = 7;
const NINTHER_MIN = 40;

/** Afterwards the first `wanted` items are those of the sorted array, in order. */
export function sortFirst<Item>(items: Item[], wanted: number, compare: Compare<Item>): void {
  sortPart(items, 0, items.length, wanted, compare);
}

function swap<Item>(items: Item[], left: number, right: number): void {
  [items[left], items[right]] = [items[right]!, items[left]!];
}

/** Sorts what lies from `start` to (not with) `end`, or leaves it where nobody asks for it. */
function sortPart<Item>(items: Item[], start: number, end: number, wanted: number, compare: Compare<Item>): void {
  if (end - start < 2 || start >= wanted) return;
  if (end - start < INSERTION_MAX) return insertionSort(items, start, end, compare);
  swap(items, start, pivotOf(items, start, end, compare));
  const [smaller, larger] = partition(items, start, end, compare);
  sortPart(items, start, start + smaller, wanted, compare);
  sortPart(items, end - larger, end, wanted, compare);
}

function insertionSort<Item>(items: Item[], start: number, end: number, compare: Compare<Item>): void {
  for (let next = start + 1; next < end; next++) {
    for (let at = next; at > start && compare(items[at - 1]!, items[at]!) > 0; at--) swap(items, at, at - 1);
  }
}

/** The middle of a few items far apart. */
function pivotOf<Item>(items: Item[], start: number, end: number, compare: Compare<Item>): number {
  const size = end - start;
  let [low, middle, high] = [start, start + (size >> 1), end - 1];
  if (size === INSERTION_MAX) return middle;
  if (size > NINTHER_MIN) {
    const step = size >> 3;
    low = median(items, [low, low + step, low + 2 * step], compare);
    middle = median(items, [middle - step, middle, middle + step], compare);
    high = median(items, [high - 2 * step, high - step, high], compare);
  }
  return median(items, [low, middle, high], compare);
}

function median<Item>(items: Item[], [a, b, c]: [number, number, number], compare: Compare<Item>): number {
  const order = (left: number, right: number): number => compare(items[left]!, items[right]!);
  if (order(a, b) < 0) return order(b, c) < 0 ? b : order(a, c) < 0 ? c : a;
  return order(b, c) > 0 ? b : order(a, c) < 0 ? a : c;
}

/** Puts smaller items before and larger ones after those that equal the first; answers how many there are of each. */
function partition<Item>(items: Item[], start: number, end: number, compare: Compare<Item>): [number, number] {
  const pivot = items[start]!;
  // Equal items gather at both ends first: up to equalLow, and after equalHigh.
  let [equalLow, low, high, equalHigh] = [start + 1, start + 1, end - 1, end - 1];
  for (;;) {
    for (; low <= high && compare(items[low]!, pivot) <= 0; low++) {
      if (compare(items[low]!, pivot) === 0) swap(items, equalLow++, low);
    }
    for (; low <= high && compare(items[high]!, pivot) >= 0; high--) {
      if (compare(items[high]!, pivot) === 0) swap(items, high, equalHigh--);
    }
    if (low > high) break;
    swap(items, low++, high--);
  }
  swapRuns(items, start, low, Math.min(equalLow - start, low - equalLow));
  swapRuns(items, low, end, Math.min(equalHigh - high, end - equalHigh - 1));
  return [low - equalLow, equalHigh - high];
}

/** Exchanges the first items of a part with as many of its last ones. */
function swapRuns<Item>(items: Item[], start: number, end: number, count: number): void {
  for (let at = 0; at < count; at++) swap(items, start + at, end - count + at);
}
