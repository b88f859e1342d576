import * as z from "zod";
import { metricsEnvironment } from "../../domain/metrics/metric.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfHostScaler = ["leases"] as const;

export const HostScalerEnvironment = z.object({
  ...tableEnvironment(tablesOfHostScaler),
  ...metricsEnvironment,
  SHARD_COUNT: z.coerce.number().int().min(1),
  ECS_CLUSTER: z.string().min(1),
  ECS_SERVICE: z.string().min(1),
  HOSTS_MIN: z.coerce.number().int().min(0),
  HOSTS_MAX: z.coerce.number().int().min(1),
  /** What one host holds at most: its SESSIONS_MAX. */
  SESSIONS_PER_HOST: z.coerce.number().int().min(1),
  /** The load in percent of one processor at which another host is wanted; 0: the load is not looked at. */
  HOST_LOAD_MAX: z.coerce.number().int().min(0).max(100),
});
export type HostScalerEnvironment = z.input<typeof HostScalerEnvironment>;
