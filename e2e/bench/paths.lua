-- Asks for the paths of a file, one after the other, again and again. Each thread has a part of its own, so that
-- nothing is asked for twice at the same time: `wrk … -- FILE THREADS`.
local count = 0

function setup(thread)
  thread:set("number", count)
  count = count + 1
end

function init(args)
  requests = {}
  local line = 0
  for path in io.lines(args[1]) do
    if line % tonumber(args[2]) == number then
      requests[#requests + 1] = wrk.format("GET", path)
    end
    line = line + 1
  end
  at = 0
end

function request()
  at = at % #requests + 1
  return requests[at]
end
