/** The options of a local start: the contract's examples, and what is refused. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { planStart, type StartOptions } from "./options.js";

function refused(options: StartOptions): string {
  try {
    planStart(options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

test("without options: three regions, the ports of the contract, real distances", () => {
  const plan = planStart({}, "/somewhere");
  expect(plan.adminPort).toBe(7000);
  expect(plan.regions).toEqual([
    { name: "us-east-1", gatewayPort: 7001, serverPort: 7101 },
    { name: "eu-west-1", gatewayPort: 7002, serverPort: 7102 },
    { name: "ap-southeast-1", gatewayPort: 7003, serverPort: 7103 },
  ]);
  const { rttOf } = plan;
  const pairs = [
    rttOf("eu-west-1", "us-east-1"),
    rttOf("us-east-1", "ap-southeast-1"),
    rttOf("ap-southeast-1", "eu-west-1"),
  ];
  expect(pairs).toEqual([80, 180, 160]);
  expect(plan).toMatchObject({ console: true, fresh: false, dataDir: join("/somewhere", ".meridian") });
});

test("clusters: the first node where the server would be, the others and their buses above", () => {
  const { regions } = planStart({ engine: "cluster", regions: "a,b" });
  expect(regions[1]).toEqual({
    name: "b",
    gatewayPort: 7002,
    serverPort: 7102,
    nodes: [
      { port: 7102, busPort: 7402 },
      { port: 7202, busPort: 7502 },
      { port: 7302, busPort: 7602 },
    ],
  });
  expect(planStart({ engine: "server" }).regions[0]?.nodes).toBeUndefined();
});

test("regions, base port and data folder as given", () => {
  const plan = planStart({ regions: "a, b", basePort: "8000", data: "/data", console: false, fresh: true });
  expect(plan.regions.map(({ name, gatewayPort, serverPort }) => [name, gatewayPort, serverPort])).toEqual([
    ["a", 8001, 8101],
    ["b", 8002, 8102],
  ]);
  expect(plan).toMatchObject({ adminPort: 8000, dataDir: "/data", console: false, fresh: true });
  expect(plan.rttOf("a", "b")).toBe(100);
  expect(plan.gatewayProcesses).toBeUndefined();
  expect(planStart({ gatewayProcesses: "2" }).gatewayProcesses).toBe(2);
});

test("round trips for all, for some, and none", () => {
  expect(planStart({ rtt: "80ms" }).rttOf("us-east-1", "ap-southeast-1")).toBe(80);
  expect(planStart({ rtt: "0" }).rttOf("us-east-1", "ap-southeast-1")).toBe(0);
  expect(planStart({ rtt: "1.5s" }).rttOf("us-east-1", "eu-west-1")).toBe(1500);
  const some = planStart({ regions: "a,b,c", rtt: "a-b=80ms,c-a=180" }).rttOf;
  expect([some("b", "a"), some("a", "c"), some("b", "c")]).toEqual([80, 180, 100]);
  const hyphens = planStart({ rtt: "us-east-1-eu-west-1=7ms" }).rttOf;
  expect([hyphens("eu-west-1", "us-east-1"), hyphens("us-east-1", "ap-southeast-1")]).toEqual([7, 180]);
});

test.each<[StartOptions, string]>([
  [{ rtt: "fast" }, "--rtt fast: it is no duration; write 80ms"],
  [{ rtt: "-1" }, "it is no duration"],
  [{ rtt: "20s" }, "it is too long"],
  [{ regions: "a,b", rtt: "a-c=80ms" }, "--rtt a-c: it names no two regions of this start; the regions are a, b"],
  [{ regions: "a,b", rtt: "a-b=80=90" }, "two '='"],
  [{ regions: "a,,b" }, "'' is no name for a region"],
  [{ regions: "a,a" }, "'a' is there twice"],
  [{ regions: "a~b" }, "'a~b' is no name"],
  [{ regions: "a,b,c,d,e,f,g,h,i,j" }, "too many"],
  [{ basePort: "70000" }, "--base-port 70000: it is no base port"],
  [{ basePort: "0" }, "it is no base port"],
  [{ basePort: "7e3" }, "it is no base port"],
  [{ gatewayProcesses: "0" }, "--gateway-processes 0: it is no number of processes; give a number from 1 to 8"],
  [{ gatewayProcesses: "cores" }, "it is no number of processes"],
  [{ engine: "sharded" }, "--engine sharded: it is no kind of engine; write cluster for three nodes a region"],
  [{ engine: "cluster", basePort: "65300" }, "--base-port 65300: it is no base port; give a number from 1 to 65026"],
  [{ mode: "passive" }, "--mode passive: it is no mode; write active-passive"],
  [{ mode: "active-passive", engine: "cluster" }, "--engine cluster: there are no clusters with --mode active-passive"],
  [{ mode: "active-passive", gatewayProcesses: "2" }, "--gateway-processes 2: with --mode active-passive"],
])("%j is refused: %s", (options, message) => {
  expect(refused(options)).toContain(message);
});
