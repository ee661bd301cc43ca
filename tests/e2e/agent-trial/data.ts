// What an agent that saw only the MCP interface wrote for the tasks about data: 1 to 5 and 8 to 10.

import type { JsonObject } from "../../../core/json.ts";

export const get = (id: string, url: string, more: JsonObject = {}) => ({
  id,
  action: "http.get",
  params: { url, fail_on_error_status: true },
  ...more,
});
export const post = (id: string, url: string, body: unknown, more: JsonObject = {}) => ({
  id,
  action: "http.post",
  params: { url: `${url}/sink`, body, fail_on_error_status: true },
  ...more,
});

const COUNT = "import sys,json; d=json.load(sys.stdin); " +
  "print(json.dumps({'n':len(d['orders']),'max':max(o['total'] for o in d['orders'])}))";

/** The definitions by the names of their templates, for a world at `url`. */
export const dataTasks = (url: string) => ({
  "t1-orders": {
    steps: [
      get("get", `${url}/orders`),
      {
        id: "pick",
        action: "jq.transform",
        depends_on: ["get"],
        params: {
          filter:
            "[.[] | select(.open and .total > 100)] | {ids: map(.id), sum: (map(.total)|add // 0)}",
          data: "${{steps.get.output.body.orders}}",
        },
      },
      post("post", url, "${{steps.pick.output.result}}", { depends_on: ["pick"] }),
    ],
  },
  "t2-flaky": {
    inputs: { id: "A" },
    steps: [
      {
        id: "get",
        action: "http.get",
        params: {
          url: `${url}/flaky`,
          query: { id: "${{inputs.id}}" },
          fail_on_error_status: true,
        },
        retry: { max: 5, delay: "10ms" },
      },
      {
        id: "out",
        action: "expr.eval",
        depends_on: ["get"],
        params: { expression: "{'attempt': steps.get.output.body.attempt}" },
      },
    ],
  },
  "t3-stdin": {
    steps: [
      get("get", `${url}/orders`),
      {
        id: "py",
        action: "shell.exec",
        depends_on: ["get"],
        params: {
          command: "python3",
          args: ["-c", COUNT],
          stdin: "${{steps.get.output.body}}",
          fail_on_error: true,
        },
      },
      post("post", url, {
        count: "${{steps.py.output.stdout.n}}",
        max: "${{steps.py.output.stdout.max}}",
      }, { depends_on: ["py"] }),
    ],
  },
  "t4-pages": {
    inputs: { pages: [1, 2, 3, 4, 5] },
    steps: [
      {
        id: "each",
        type: "loop",
        config: {
          over: "${{inputs.pages}}",
          concurrency: 2,
          body: [get("get", `${url}/page/\${{loop.item}}`)],
        },
      },
      {
        id: "titles",
        action: "jq.transform",
        depends_on: ["each"],
        params: { filter: "map(.body.title)", data: "${{steps.each.output.results}}" },
      },
    ],
  },
  "t5-cond": {
    steps: [{
      id: "c",
      type: "condition",
      config: {
        expression: "inputs.amount > 100",
        branches: {
          true: [post("high", url, { level: "high" })],
          false: [post("low", url, { level: "low" })],
        },
      },
    }],
  },
  "t8-poll": polling(url, "B", 10),
  "t8-poll2": polling(url, "C", 2),
  "t9-child": {
    inputs: { n: 1 },
    steps: [get("get", `${url}/page/\${{inputs.n}}`), {
      id: "title",
      action: "expr.eval",
      depends_on: ["get"],
      params: { expression: "steps.get.output.body.title" },
    }],
  },
  "t9-parent": calling(url, "${{steps.sub.output.output.result}}"),
  "t9-parent, mended": calling(url, "${{steps.sub.output.result}}"),
  "t10-secret": {
    steps: [
      {
        id: "get",
        action: "http.get",
        params: {
          url: `${url}/private`,
          headers: { Authorization: "Bearer ${{secrets.API_TOKEN}}" },
          fail_on_error_status: true,
        },
      },
      {
        id: "user",
        action: "expr.eval",
        depends_on: ["get"],
        params: { expression: "steps.get.output.body.user" },
      },
    ],
  },
});

function polling(url: string, id: string, most: number) {
  return {
    inputs: { id },
    steps: [
      {
        id: "poll",
        type: "loop",
        config: {
          mode: "until",
          condition: "steps.get.output.body.state == 'done'",
          max_iter: most,
          body: [
            { id: "pause", type: "wait", config: { duration: "10ms" } },
            get("get", `${url}/poll?id=\${{inputs.id}}`),
          ],
        },
      },
      {
        id: "check",
        action: "workflow.fail",
        depends_on: ["poll"],
        condition:
          "steps.poll.output.results[size(steps.poll.output.results) - 1].body.state != 'done'",
        params: { reason: "never done" },
      },
    ],
  };
}

function calling(url: string, title: string) {
  return {
    steps: [
      {
        id: "sub",
        action: "workflow.run",
        params: { template_name: "t9-child", params: { n: 7 } },
      },
      post("post", url, { title }, { depends_on: ["sub"] }),
    ],
  };
}
