/**
 * What a newcomer clicks through: for each type, what becomes of it when two regions write at once. Pure. Regions by their
 * place in the list: the first stays, the second is cut off, the third looks on from the side of the first.
 */
export type Step = {
  /** What happens, to be read before it does. */
  say: string;
} & ({ do: "command"; region: number; line: string } | { do: "cut" } | { do: "mend" });

export interface Scenario {
  id: string;
  title: string;
  /** The question that it answers. */
  question: string;
  key: string;
  steps: readonly Step[];
  /** What one has seen at the end. */
  moral: string;
}

/** `{a}`, `{b}` and `{c}` are the names of the regions. */
const CUT: Step = { do: "cut", say: "Cut {b} off. Both sides go on taking writes." };
const MEND: Step = { do: "mend", say: "Mend the links, and see what becomes of it." };

function command(region: number, line: string, say: string): Step {
  return { do: "command", region, line, say };
}

export const scenarios: readonly Scenario[] = [
  {
    id: "set",
    title: "Two SETs at once",
    question: "Two regions write different values. Which one shows?",
    key: "play:greeting",
    steps: [
      command(0, "SET play:greeting hello", "Write in {a}. A moment later every region has it."),
      CUT,
      command(0, 'SET play:greeting "from the first"', "Write in {a}."),
      command(1, 'SET play:greeting "from the second"', "And in {b}, which can't know. Now the two differ."),
      MEND,
    ],
    moral: "The later write shows, in every region. The other one is kept beside it, and Conflicts can bring it back.",
  },
  {
    id: "counter",
    title: "A counter",
    question: "Two regions count. Does an increment get lost?",
    key: "play:visits",
    steps: [
      command(0, "SET play:visits 100", "Begin with 100 in every region."),
      CUT,
      command(0, "INCRBY play:visits 5", "Count 5 in {a}."),
      command(1, "INCRBY play:visits 7", "Count 7 in {b}."),
      MEND,
    ],
    moral: "112: increments sum, wherever they were made. None is lost, none counts twice.",
  },
  {
    id: "add-wins",
    title: "Add against remove",
    question: "One region removes a member while another one adds it.",
    key: "play:cart",
    steps: [
      command(0, "DEL play:cart", "Begin with an empty cart."),
      command(0, "SADD play:cart apple pear", "Put two things into it."),
      CUT,
      command(0, "SREM play:cart apple", "Remove the apple in {a}."),
      command(1, "SADD play:cart apple", "Add an apple in {b}, at the same time."),
      MEND,
    ],
    moral: "The apple stays. A remove takes away only what it saw, and it had not seen the new apple: add wins.",
  },
  {
    id: "list",
    title: "Two pushes",
    question: "Two regions push onto one list. In which order do elements stand?",
    key: "play:queue",
    steps: [
      command(0, "DEL play:queue", "Begin with an empty list."),
      command(0, "RPUSH play:queue one", "Push one element."),
      CUT,
      command(0, "RPUSH play:queue two", "Push in {a}."),
      command(1, "RPUSH play:queue three", "Push in {b}."),
      MEND,
    ],
    moral: "Every element is there once, in one order everywhere: that of their stamps.",
  },
  {
    id: "delete",
    title: "Delete against update",
    question: "One region deletes a hash while another one changes a field.",
    key: "play:user",
    steps: [
      command(0, "HSET play:user name Ann city Rome", "A user with two fields."),
      CUT,
      command(0, "DEL play:user", "Delete the user in {a}."),
      command(1, "HSET play:user city Oslo", "Ann moves, in {b}."),
      MEND,
    ],
    moral: "A delete removes what it saw: the name is gone. It had not seen the new city, so that stays.",
  },
  {
    id: "expiry",
    title: "Two expiries",
    question: "Two regions give one key different times to live.",
    key: "play:session",
    steps: [
      command(0, "SET play:session token EX 120", "A session that lives for two minutes."),
      CUT,
      command(0, "EXPIRE play:session 60", "{a} makes it shorter."),
      command(1, "EXPIRE play:session 600", "{b} makes it longer: the user is there."),
      MEND,
    ],
    moral: "The longest wins, and the key ends at the same moment in every region.",
  },
  {
    id: "stock",
    title: "Stock that sells once",
    question: "Ten pieces, two regions that sell, no link. Can an eleventh be sold?",
    key: "play:stock",
    steps: [
      command(0, "DEL play:stock", "Begin without stock."),
      command(0, "MERIDIAN.BOUNDED CREATE play:stock 10 {b} 4", "Ten pieces. Four of them are {b}'s to sell."),
      CUT,
      command(0, "MERIDIAN.BOUNDED TAKE play:stock 6", "Sell six in {a}: all of its share."),
      command(1, "MERIDIAN.BOUNDED TAKE play:stock 4", "Sell four in {b}."),
      command(1, "MERIDIAN.BOUNDED TAKE play:stock 1", "And one more: refused, without asking anybody."),
      MEND,
    ],
    moral: "Ten were sold, never eleven. Each region sells from its own share; shares move to where they lack.",
  },
];

/** The text with the names of these regions. */
export function named(text: string, regions: readonly string[]): string {
  return text.replaceAll(/\{([abc])\}/g, (_whole, letter: string) => regions["abc".indexOf(letter)] ?? letter);
}
