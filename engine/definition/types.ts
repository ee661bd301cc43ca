// What a workflow definition looks like as JSON; the JSON Schema in schema.ts states the same.

import type { Json, JsonObject } from "../../core/json.ts";

/** What a step can be in place of an action. */
export const FLOW_TYPES = ["condition", "loop", "parallel", "wait", "reasoning"] as const;

export type StepType = "action" | (typeof FLOW_TYPES)[number];

export interface WorkflowDefinition {
  $schema?: string;
  steps: StepDefinition[];
  inputs?: JsonObject;
  defaults?: StepDefaults;
  context?: JsonObject;
  timeout?: string;
  on_timeout?: "fail" | "suspend" | "cancel";
  on_interrupt?: "suspend" | "resume";
  on_complete?: StepDefinition;
  on_error?: StepDefinition;
  metadata?: JsonObject;
}

export interface StepDefinition {
  id: string;
  type?: StepType;
  action?: string;
  params?: JsonObject;
  depends_on?: string[];
  condition?: string;
  timeout?: string;
  retry?: RetryPolicy;
  on_error?: ErrorHandler;
  on_interrupt?: "suspend" | "resume";
  config?: StepConfig;
}

/** What holds for steps that say nothing themselves. */
export interface StepDefaults {
  fail_on_error?: boolean;
  fail_on_error_status?: boolean;
  timeout?: string;
  retry?: RetryPolicy;
  on_error?: ErrorHandler;
}

export interface RetryPolicy {
  max: number;
  backoff?: "none" | "linear" | "exponential" | "constant";
  delay?: string;
  max_delay?: string;
}

export interface ErrorHandler {
  strategy: "ignore" | "fail_workflow" | "fallback_step" | "retry";
  fallback_step?: string;
}

export type StepConfig = JsonObject;

export interface ConditionConfig {
  expression: string;
  branches: Record<string, StepDefinition[]>;
  default?: StepDefinition[];
}

export interface LoopConfig {
  mode?: "for_each" | "while" | "until";
  over?: Json;
  condition?: string;
  body: StepDefinition[];
  max_iter?: number;
  fail_on_exhausted?: boolean;
  concurrency?: number;
}

export interface ParallelConfig {
  branches: StepDefinition[][];
  mode?: "all" | "race";
}

export interface WaitConfig {
  duration?: string;
  signal?: string;
  signals?: "keep";
}

export interface ReasoningConfig {
  prompt_context?: string;
  options?: { id: string; description?: string }[];
  data_inject?: Record<string, string>;
  timeout?: string;
  fallback?: string;
  target_agent?: string;
}
