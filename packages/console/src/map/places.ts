/**
 * Where regions are, by the names that clouds give them (Amazon's, Google's, Azure's), with anything after it: a region
 * of a deployment may be called eu-west-1-blue. Pure.
 */
import type { Place } from "./world.js";

const PLACES: Readonly<Record<string, Place>> = {
  "us-east-1": [-78, 38.5],
  "us-east-2": [-83, 40],
  "us-west-1": [-121, 37.5],
  "us-west-2": [-120, 45.5],
  "ca-central-1": [-73.5, 45.5],
  "ca-west-1": [-114, 51],
  "mx-central-1": [-100, 20.5],
  "sa-east-1": [-46.5, -23.5],
  "eu-west-1": [-6.5, 53.2],
  "eu-west-2": [-0.1, 51.5],
  "eu-west-3": [2.3, 48.8],
  "eu-central-1": [8.7, 50.1],
  "eu-central-2": [8.5, 47.4],
  "eu-north-1": [18, 59.3],
  "eu-south-1": [9.2, 45.5],
  "eu-south-2": [-1, 41],
  "il-central-1": [34.8, 32],
  "me-central-1": [54.4, 24.4],
  "me-south-1": [50.5, 26],
  "af-south-1": [18.4, -33.9],
  "ap-south-1": [72.9, 19],
  "ap-south-2": [78.5, 17.4],
  "ap-southeast-1": [103.8, 1.4],
  "ap-southeast-2": [151.2, -33.8],
  "ap-southeast-3": [106.8, -6.2],
  "ap-southeast-4": [145, -37.8],
  "ap-northeast-1": [139.7, 35.7],
  "ap-northeast-2": [127, 37.5],
  "ap-northeast-3": [135.5, 34.7],
  "ap-east-1": [114.2, 22.3],
  "us-central1": [-95.8, 41.2],
  "us-east1": [-80, 33],
  "us-east4": [-77.5, 39],
  "us-west1": [-121, 45.6],
  "us-west2": [-118, 34],
  "europe-west1": [3.8, 50.5],
  "europe-west2": [-0.1, 51.5],
  "europe-west3": [8.7, 50.1],
  "europe-west4": [6.8, 53.4],
  "europe-north1": [27, 60.5],
  "asia-east1": [120.5, 24],
  "asia-northeast1": [139.7, 35.7],
  "asia-south1": [72.9, 19],
  "asia-southeast1": [103.8, 1.4],
  "australia-southeast1": [151.2, -33.8],
  "southamerica-east1": [-46.5, -23.5],
  eastus: [-79, 37.4],
  westus: [-121, 37.5],
  centralus: [-93.6, 41.6],
  northeurope: [-6.5, 53.2],
  westeurope: [4.9, 52.4],
  uksouth: [-0.1, 51.5],
  southeastasia: [103.8, 1.4],
  japaneast: [139.7, 35.7],
  australiaeast: [151.2, -33.8],
  brazilsouth: [-46.5, -23.5],
};

const NAMES = Object.keys(PLACES).toSorted((a, b) => b.length - a.length);

export function placeOf(region: string): Place | undefined {
  const lower = region.toLowerCase();
  const name = NAMES.find((known) => lower === known || lower.startsWith(`${known}-`));
  return name === undefined ? undefined : PLACES[name];
}
