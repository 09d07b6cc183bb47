import { word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Containers: up, down, images and what they say. */
export const containerKinds: ReadonlyArray<Kind> = [
  {
    kind: "up",
    weight: 2,
    tasks:
      "(start|bring up|launch) (the |our |all )(containers|services|stack)|start (the |)(docker|compose)( stack| services|)|start the database and the rest",
    heldOutTasks: "get the stack going",
    forbids: "use docker-compose|use the old docker-compose|call docker-compose|start everything",
    closing: "The containers run.",
    files: ["compose.yaml", "Dockerfile"],
    ways: [
      way("docker-compose up -d", "docker-compose|the old compose|docker-compose up"),
      way(
        "docker compose up -d",
        "docker compose|compose v2|the compose plugin|docker compose without (the |)(dash|hyphen)",
        "leave out the (dash|hyphen)|use the plugin",
        "docker-compose is (v1|gone|deprecated|end of life)|compose is a docker plugin now"
      ),
      way(
        "podman compose up -d",
        "podman compose|podman",
        "",
        "there is no docker here|we run podman|docker needs root"
      ),
      way("podman-compose up -d", "podman-compose"),
      way("nerdctl compose up -d", "nerdctl|nerdctl compose"),
      way(
        "docker compose up",
        "the foreground|docker compose up without -d",
        "keep it in the foreground|not detach( it|)",
        "I want to see the logs"
      ),
      way(
        "docker compose up -d {b}",
        "only the service {b}|the service {b}|the {b} service only",
        "(start|bring up) only {b}",
        "the others aren't needed, only {b}"
      ),
      way(
        "docker compose -f {w}.yml up -d",
        "{w}.yml|-f {w}.yml|the file {w}.yml",
        "take {w}.yml",
        "the compose file is {w}.yml"
      ),
      way(
        "docker compose --profile {w} up -d",
        "the {w} profile|--profile {w}|profile {w}",
        "(turn on|enable) the {w} profile"
      ),
      way("make up", "make|make up|the Makefile|the up target", "", "there is a make target for that", ["Makefile"]),
      way("just up", "just|just up|the justfile", "", "", ["justfile"]),
      way("tilt up", "tilt|tilt up", "", "", ["Tiltfile"]),
      way("skaffold dev", "skaffold|skaffold dev", "", "", ["skaffold.yaml"]),
      way("vagrant up", "vagrant|vagrant up", "", "", ["Vagrantfile"]),
      way("devcontainer up", "devcontainer|the dev container"),
      way("minikube start", "minikube|minikube start"),
      way("npm run {b}", "the {b} script|npm run {b}"),
      way("./{b}.sh", "{b}.sh|./{b}.sh"),
      way("{m} up", "{m}|{m} up"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [
      {
        names: "--build|a rebuild",
        does: "rebuild (the images|them|first)",
        facts: "the images are (old|stale)",
        flag: "--build",
        of: ["docker compose up", "docker-compose up", "podman compose up"]
      },
      { names: "--wait", does: "wait until (they are|it is) healthy", flag: "--wait", of: ["docker compose up"] },
      {
        names: "--force-recreate",
        does: "recreate them",
        flag: "--force-recreate",
        of: ["docker compose up", "docker-compose up"]
      }
    ]
  },
  {
    kind: "down",
    tasks: "stop (the |all |our )(containers|services|stack)|(shut|take) (the containers|the stack|everything) down",
    heldOutTasks: "the stack is not needed now, end it",
    forbids: "use docker-compose|use the old docker-compose|call docker-compose",
    closing: "The containers are stopped.",
    files: ["compose.yaml", "Dockerfile"],
    ways: [
      way("docker-compose down", "docker-compose|the old compose"),
      way(
        "docker compose down",
        "docker compose|compose v2|the compose plugin",
        "leave out the (dash|hyphen)",
        "docker-compose is (v1|gone|deprecated)"
      ),
      way(
        "docker compose stop",
        "stop|docker compose stop",
        "only stop them|keep the containers",
        "I still need the containers"
      ),
      way("podman compose down", "podman|podman compose", "", "there is no docker here|we run podman"),
      way(
        "docker compose down -v",
        "-v|the volumes too|docker compose down -v",
        "(delete|remove|drop) the volumes( too|)",
        "the data must go as well"
      ),
      way("docker compose stop {b}", "only the service {b}|the service {b}", "stop only {b}"),
      way("docker stop {b}", "docker stop {b}|the container {b}"),
      way("make down", "make|make down|the down target", "", "", ["Makefile"]),
      way("vagrant halt", "vagrant|vagrant halt", "", "", ["Vagrantfile"]),
      way("tilt down", "tilt|tilt down", "", "", ["Tiltfile"]),
      way("{m} down", "{m}|{m} down"),
      way("{m} {s}", "{m} {s}")
    ],
    changes: [{
      names: "--remove-orphans|orphans too",
      does: "remove (the |)orphans",
      flag: "--remove-orphans",
      of: ["docker compose down", "docker-compose down"]
    }]
  },
  {
    kind: "image",
    weight: 2,
    slots: (rng) => ({ x: word(rng) }),
    tasks:
      "build the (docker |container |)image {x}|(build|make) an image (called |){x}|(build|bake) the container {x}",
    heldOutTasks: "I need {x} as an image",
    forbids: "use docker|run docker|call docker|build with docker",
    closing: "The image {x} is built.",
    files: ["Dockerfile"],
    ways: [
      way("docker build -t {x} .", "docker|docker build"),
      way(
        "podman build -t {x} .",
        "podman|podman build",
        "build it with podman",
        "there is no docker here|we run podman|docker needs root"
      ),
      way("docker buildx build -t {x} .", "buildx|docker buildx|buildx build", "build it with buildx"),
      way(
        "docker compose build {x}",
        "compose|docker compose|docker compose build",
        "let compose build it",
        "it's a compose service",
        ["compose.yaml"]
      ),
      way("docker buildx bake {x}", "bake|buildx bake"),
      way("buildah bud -t {x} .", "buildah"),
      way("nerdctl build -t {x} .", "nerdctl"),
      way("docker pull {x}", "docker pull|a pull", "pull it( instead|)", "it's in the registry( already|)"),
      way("pack build {x}", "pack|buildpacks", "", "there is no Dockerfile"),
      way("ko build", "ko|ko build"),
      way("earthly +{x}", "earthly", "", "there is an Earthfile", ["Earthfile"]),
      way("make image", "make|make image|the image target", "", "", ["Makefile"]),
      way("{m} build -t {x} .", "{m}|{m} build"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "--no-cache|no cache",
        does: "(skip|ignore) the cache|start from scratch",
        facts: "the cache is stale",
        flag: "--no-cache",
        of: ["docker build", "podman build", "docker buildx build", "docker compose build"]
      },
      {
        names: "--pull|a fresh base( image|)",
        does: "pull the base( image|)",
        flag: "--pull",
        of: ["docker build", "podman build"]
      },
      {
        names: "--platform linux/amd64|amd64|the amd64 platform",
        does: "build (it |)for amd64",
        facts: "the servers are amd64",
        flag: "--platform linux/amd64",
        of: ["docker build", "docker buildx build", "podman build"]
      },
      {
        names: "the target {w}|--target {w}|only the {w} stage|the {w} stage",
        does: "stop at (the stage |){w}",
        flag: "--target {w}",
        of: ["docker build", "podman build"]
      },
      {
        names: "-f {d}/Dockerfile|{d}/Dockerfile|the Dockerfile in {d}",
        does: "take the Dockerfile in {d}",
        facts: "the Dockerfile is in {d}",
        flag: "-f {d}/Dockerfile",
        of: ["docker build", "podman build"]
      },
      {
        names: "the tag {v}|{v} as (the |)tag|:{v}",
        does: "tag it {v}",
        replaces: ["-t {x}", "-t {x}:{v}"],
        of: ["docker build", "podman build"]
      },
      {
        names: "the context {d}|{d} as (the |)context",
        does: "use {d} as the context",
        replaces: ["{x} .", "{x} {d}"],
        of: ["docker build", "podman build"]
      }
    ]
  },
  {
    kind: "logs",
    slots: (rng) => ({ x: word(rng) }),
    tasks: "(show|print|get) (me |)the logs of {x}|what does {x} log?|look into the logs of {x}",
    heldOutTasks: "I wonder what {x} wrote to its log",
    forbids: "use docker|call docker|use docker logs",
    closing: "Those are the logs.",
    files: ["compose.yaml"],
    ways: [
      way("docker logs {x}", "docker logs|docker"),
      way("podman logs {x}", "podman|podman logs", "", "there is no docker here|we run podman"),
      way(
        "docker compose logs {x}",
        "docker compose|compose|docker compose logs",
        "let compose show them",
        "it's a compose service|{x} is the service, not the container"
      ),
      way("kubectl logs {x}", "kubectl|kubectl logs|k8s|kubernetes", "", "it runs in the cluster|it's a pod"),
      way("kubectl logs deploy/{x}", "deploy/{x}|the deployment", "", "it's a deployment"),
      way("stern {x}", "stern"),
      way("journalctl -u {x}", "journalctl|systemd|the journal", "", "it's a systemd (unit|service)"),
      way("pm2 logs {x}", "pm2|pm2 logs", "", "pm2 runs it"),
      way("heroku logs -a {x}", "heroku", "", "it's on heroku"),
      way("fly logs -a {x}", "fly|flyctl", "", "it's on fly"),
      way(
        "tail -f logs/{x}.log",
        "the log file|logs/{x}.log|tail -f",
        "look at the log file",
        "it logs (to|into) a file"
      ),
      way("make logs", "make|make logs", "", "", ["Makefile"]),
      way("{m} logs {x}", "{m}|{m} logs"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "-f|--follow",
        does: "follow (them|it)|keep following",
        facts: "I want to see new lines",
        flag: "-f",
        of: ["docker logs", "docker compose logs", "kubectl logs", "journalctl", "podman logs"]
      },
      {
        names: "--tail {n}|the last {n} lines|only {n} lines",
        does: "(show|print) only the last {n} lines",
        flag: "--tail {n}",
        of: ["docker logs", "docker compose logs", "kubectl logs", "podman logs"]
      },
      {
        names: "--since {n}m|the last {n} minutes",
        does: "show only the last {n} minutes",
        flag: "--since {n}m",
        of: ["docker logs", "kubectl logs", "docker compose logs"]
      },
      {
        names: "the namespace {w}|-n {w}|namespace {w}",
        facts: "it's in the namespace {w}",
        flag: "-n {w}",
        of: ["kubectl"]
      }
    ]
  }
]
