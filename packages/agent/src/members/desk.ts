/** What an operator asks of one agent about the members. */
import { AgentError } from "../errors.js";
import type { Replication } from "../services.js";
import { refuseUnlessFirst } from "../standby.js";
import type { ForgetDocument, RegionsDocument, RegionsRequest } from "./documents.js";
import type { Membership } from "./membership.js";
import { placeOf } from "./table.js";
import { forgetDocument, regionsDocument } from "./view.js";

export class MembersDesk {
  constructor(
    private readonly region: string,
    private readonly membership: Membership,
    private readonly replication: Replication,
  ) {}

  list(): RegionsDocument {
    return regionsDocument(this.region, this.membership, this.replication);
  }

  /** Proposes what is asked; what is under way already is no error. Whether it is done, the list tells. */
  async change(request: RegionsRequest): Promise<RegionsDocument | ForgetDocument> {
    refuseUnlessFirst(this.region, this.replication);
    switch (request.action) {
      case "add":
        await this.membership.propose({ kind: "add", name: request.region, link: request.link });
        break;
      case "remove":
        await this.membership.propose({ kind: "remove", name: request.region });
        break;
      case "forget": {
        const names = [...new Set(request.regions)].toSorted();
        if (!request.confirmed) return this.preview(names);
        await this.membership.propose({ kind: "forget", names });
      }
    }
    return this.list();
  }

  private preview(names: readonly string[]): ForgetDocument {
    const { table } = this.membership.members;
    for (const region of names) {
      if (placeOf(table, region) !== undefined) continue;
      const regions = table.places.map(({ name }) => name).join(", ");
      throw new AgentError("MERIDIAN_NOREGION", { region, regions });
    }
    return forgetDocument(names, this.region, this.membership, this.replication);
  }
}
