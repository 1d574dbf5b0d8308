-- Posts the question in a file again and again: `wrk … -- FILE`.
function init(args)
  local file = assert(io.open(args[1]))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  wrk.headers["Content-Type"] = "application/json"
  file:close()
end
