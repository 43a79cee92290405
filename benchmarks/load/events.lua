-- What the generator posts: page views of visitors who each look at about five pages.
--
-- wrk ... -s events.lua URL -- SEED BATCH
--   SEED   names the visitors of this run, so that no two runs share one
--   BATCH  0: single events; N: JSON arrays of N events
--
-- Visitors are spread over cohorts, and each request takes the next cohort. There are more cohorts
-- than connections, so a visitor's events are not under way twice at the same time: a browser, too,
-- waits for a page before it views the next one.
local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long seconds; long microseconds; } timeval_of_load;
    int gettimeofday(timeval_of_load *now, void *zone);
]]

local COHORTS = 64
local VIEWS_A_VISITOR = 5
local PAGES = 5000
local PROPERTIES = {
    "shop.example", "docs.example", "news.example", "blog.example", "jobs.example", "forum.example",
}
local REFERRERS = {
    "https://www.google.com/", "https://www.google.com/", "https://www.google.com/",
    "https://www.bing.com/search?q=running+shoes", "https://duckduckgo.com/", "https://t.co/a1b2c3",
    "https://l.facebook.com/", "https://news.ycombinator.com/item?id=41000000",
    "https://partner.example/reviews/best-running-shoes",
}
local AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
}

-- Of the thread that posts.
local batch_size, seed
local cohorts, turn, visitors_seen = {}, 0, 0
local now = ffi.new("timeval_of_load")

-- Read by done(), which runs in a state of its own and sees only globals.
accepted, spooled, answers_202, answers_other = 0, 0, 0, 0

local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    seed = arguments[1] or "run"
    batch_size = tonumber(arguments[2] or "0")
    local number = 0
    for character in seed:gmatch(".") do
        number = (number * 31 + character:byte()) % 2147483647
    end
    math.randomseed(number)
    local path = batch_size > 0 and "/v1/events/batch" or "/v1/events"
    wrk.method = "POST"
    wrk.path = path
    wrk.headers["Content-Type"] = "application/json"
end

local function new_visitor()
    visitors_seen = visitors_seen + 1
    return {
        anon_id = string.format("%s-%08x", seed, visitors_seen),
        property = PROPERTIES[math.random(#PROPERTIES)],
        agent = AGENTS[math.random(#AGENTS)],
        views = 0,
        -- Visits of four to six pages.
        ends_after = VIEWS_A_VISITOR - 2 + math.random(3),
    }
end

local function next_visitor(cohort)
    local size = math.max(16, batch_size / 2)
    local place = math.random(size)
    local visitor = cohort[place]
    if visitor == nil or visitor.views >= visitor.ends_after then
        visitor = new_visitor()
        cohort[place] = visitor
    end
    visitor.views = visitor.views + 1
    return visitor
end

-- Few pages get most of the views.
local function page()
    local skewed = math.floor(PAGES * math.random() ^ 3)
    return string.format("/products/category-%d/item-%d", skewed % 40, skewed)
end

-- The times of a batch lie a millisecond apart, and the last is now.
local function instant(milliseconds_ago)
    local milliseconds = tonumber(now.seconds) * 1000 + math.floor(tonumber(now.microseconds) / 1000)
    milliseconds = milliseconds - milliseconds_ago
    return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(milliseconds / 1000))
        .. string.format(".%03dZ", milliseconds % 1000)
end

local function event_type()
    local dice = math.random(100)
    if dice <= 90 then return "page_view" end
    if dice <= 96 then return "cta_click" end
    if dice <= 99 then return "form_start" end
    return "form_submit"
end

local function arrival(visitor)
    local dice = math.random(100)
    if dice <= 10 then
        return '"referrer":"https://www.google.com/","utm":{"source":"google","medium":"cpc","campaign":"autumn-sale"},'
    end
    if dice <= 60 then
        return string.format('"referrer":"%s",', REFERRERS[math.random(#REFERRERS)])
    end
    return ""
end

local function event(visitor, milliseconds_ago)
    local kind = event_type()
    local path = page()
    local came_from
    if visitor.views == 1 then
        came_from = arrival(visitor)
    else
        came_from = string.format('"referrer":"https://%s%s",', visitor.property, visitor.last_path)
    end
    visitor.last_path = path
    local ttfb = 40 + math.floor(900 * math.random() ^ 3)
    local fcp = ttfb + 150 + math.random(900)
    return string.format(
        '{"anonId":"%s","eventType":"%s","path":"%s","timestamp":"%s",%s'
            .. '"traffic":{"propertyId":"%s","isEntrance":%s,"engagedTimeMs":%d,"scrollDepthPercent":%d,'
            .. '"webVitals":{"fcpMs":%d,"lcpMs":%d,"inpMs":%d,"ttfbMs":%d,"clsScore":%.3f}},'
            .. '"props":{"title":"Item of category %d","viewport":"1440x900","language":"en-US"}}',
        visitor.anon_id, kind, path, instant(milliseconds_ago), came_from,
        visitor.property, tostring(visitor.views == 1 and kind == "page_view"),
        math.random(120000), math.random(100),
        fcp, fcp + math.random(1200), 20 + math.random(280), ttfb, 0.3 * math.random() ^ 4,
        math.random(40)
    )
end

function request()
    ffi.C.gettimeofday(now, nil)
    turn = turn % COHORTS + 1
    local cohort = cohorts[turn] or {}
    cohorts[turn] = cohort
    if batch_size == 0 then
        local visitor = next_visitor(cohort)
        wrk.headers["User-Agent"] = visitor.agent
        return wrk.format(nil, nil, nil, event(visitor, 0))
    end
    local events = {}
    for place = 1, batch_size do
        events[place] = event(next_visitor(cohort), batch_size - place)
    end
    wrk.headers["User-Agent"] = AGENTS[1]
    return wrk.format(nil, nil, nil, "[" .. table.concat(events, ",") .. "]")
end

function response(status, headers, body)
    if status ~= 202 then
        answers_other = answers_other + 1
        return
    end
    answers_202 = answers_202 + 1
    -- Accepted too, but not in the tables yet.
    if body:find('"spooled":%s*true') then
        spooled = spooled + 1
    end
    if batch_size == 0 then
        accepted = accepted + 1
    else
        accepted = accepted + tonumber(body:match('"accepted":%s*(%d+)') or 0)
    end
end

function done(summary, latency, requests)
    local totals = { accepted = 0, spooled = 0, answers_202 = 0, answers_other = 0 }
    for _, thread in ipairs(threads) do
        for name in pairs(totals) do
            totals[name] = totals[name] + thread:get(name)
        end
    end
    local errors = summary.errors
    io.write(string.format(
        '\nRESULT {"accepted":%d,"answers_spooled":%d,"answers_202":%d,"answers_other":%d,"requests":%d,"seconds":%.6f,'
            .. '"p50_ms":%.3f,"p95_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,'
            .. '"socket_errors":%d,"timeouts":%d}\n',
        totals.accepted, totals.spooled, totals.answers_202, totals.answers_other, summary.requests,
        summary.duration / 1e6,
        latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
        latency.max / 1e3,
        errors.connect + errors.read + errors.write, errors.timeout
    ))
end
