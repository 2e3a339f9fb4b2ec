// Every tag and filter that liquidjs documents, in the ways its pages show them.

const cart = {items: [{title: 'Shirt', price: 20, tags: ['new']}, {title: 'hat', price: 7.5, tags: []}, {title: 'Belt', price: 20}], currency: 'TRY'};
const people = [{name: 'alice', age: 34, school: {name: 'hill'}}, {name: 'bob', age: null}, {name: 'Carl', age: 12, tags: ['x']}];

const plain = [
  // Outputs and whitespace.
  '{{ "a" }}{{- 1 -}} {{ true }} {{ nil }}', '{% assign a = 1 -%}  \n x {%- if true %} y {% endif -%} z', '{{ "it\\\'s \\"q\\" \\u00e9\\n" }}',
  '{{ 1.0 }} {{ 1.50 }} {{ -0 }} {{ +5 }} {{ 1000000 | times: 1000000 | times: 1000000 | times: 1000000 }} {{ 1 | divided_by: 3 }}',
  '{{ cart.items[0].title }} {{ cart["currency"] }} {{ cart.items.last.price }} {{ cart.items[-1].title }} {{ cart.nope.deeper }}',
  '{{ cart.items.size }} {{ cart.size }} {{ "abc".size }} {{ "ü🎉" | size }} {{ (1..4) }} {{ (1..cart.items.size) | join: "+" }}',
  // Conditions.
  '{% if cart.items.size > 2 and cart.currency == "TRY" %}yes{% else %}no{% endif %}', '{% if not false or false and true %}a{% endif %}',
  '{% if "abc" contains "b" %}1{% endif %}{% if cart.items contains "x" %}2{% endif %}{% if tags contains 2 %}3{% endif %}',
  '{% if empty == "" %}1{% endif %}{% if blank == "  " %}2{% endif %}{% if nil == gone %}3{% endif %}{% if none == empty %}4{% endif %}',
  '{% if 0 %}0{% endif %}{% if "" %}e{% endif %}{% if gone %}g{% endif %}{% if false %}f{% endif %}{% if none %}n{% endif %}',
  '{% if "10" > 9 %}1{% endif %}{% if "b" > "a" %}2{% endif %}{% if nil > 1 %}3{% endif %}{% if none < 1 %}4{% endif %}{% if gone < 1 %}5{% endif %}',
  '{% if tags == tags %}1{% endif %}{% if cart == cart %}2{% endif %}{% if people[0] == people[1] %}3{% endif %}{% if 1 == "1" %}4{% endif %}',
  '{% unless cart %}a{% elsif true %}b{% else %}c{% endunless %}', '{% case cart.currency %}{% when "EUR", "TRY" %}1{% when "TRY" or "X" %}2{% else %}3{% endcase %}',
  '{% case 5 %} text {% when 4 %}4{% else %}else{% endcase %}',
  // Loops.
  '{% for i in cart.items %}{{ forloop.index }}/{{ forloop.length }} {{ i.title }}{% unless forloop.last %}, {% endunless %}{% endfor %}',
  '{% for i in (1..10) limit: 3 offset: 2 %}{{ i }}{% endfor %}', '{% for i in (1..10) reversed limit: 3 %}{{ i }}{% endfor %}', '{% for i in tags offset: -2 %}{{ i }}{% endfor %}',
  '{% for i in (1..6) limit: 2 %}{{ i }}{% endfor %} {% for i in (1..6) limit: 2 offset: continue %}{{ i }}{% endfor %} {% for i in (1..6) offset: continue %}{{ i }}{% endfor %}',
  '{% for p in cart %}{{ p[0] }}:{{ p | size }} {% endfor %}', '{% for c in "text" %}{{ c }}{% endfor %}', '{% for x in gone %}a{% else %}none{% endfor %}', '{% for x in tags limit: 0 %}a{% else %}b{% endfor %}',
  '{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% elsif i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}{{ i }}', '{% for i in tags %}{{ forloop }}{% endfor %}',
  '{% for i in (1..3) %}{% for j in (1..2) %}{{ i }}{{ j }}{{ forloop.rindex }}{{ forloop.rindex0 }}{{ forloop.first }} {% endfor %}{% endfor %}', 'a{% break %}b',
  '{% tablerow i in cart.items cols: 2 %}{{ i.title }}{{ tablerowloop.col }}{{ tablerowloop.row }}{{ tablerowloop.col_first }}{% endtablerow %}', '{% tablerow i in (1..5) limit: 3 offset: 1 %}{{ i }}{% endtablerow %}',
  '{% for i in (1..4) %}{% cycle "a", "b", "c" %}{% cycle "g": 1, 2 %}{% cycle name: "x", "y" %}{% endfor %}',
  // Variables.
  '{% assign x = cart.items | map: "title" | join: ", " %}{{ x }}', '{% capture x %}{{ 1 | plus: 1 }}{% endcapture %}{{ x | times: 2 }}', '{% capture "two words" %}a{% endcapture %}{{ ["two words"] }}',
  '{% increment n %}{% increment n %}{% decrement n %}{{ n }}{% decrement m %}{% increment age %}{{ age }}', '{% assign n = 5 %}{% increment n %}{{ n }}', '{% for tags in tags %}{{ tags }}{% endfor %}{{ tags }}',
  // Text that is not read.
  '{% comment %}{{ x }}{% if %}{% endcomment %}a{% # one line %}b{% # two\n # lines %}', '{% raw %}{{ x }} {% y %} {{{% endraw %}', '{% echo "a" | upcase %}{% echo %}',
  '{% liquid\nassign a = 3\nfor i in (1..a)\n  if i == 2\n    continue\n  endif\n  echo i\nendfor\n# note\ncase a\n when 3\n echo "three"\nendcase %}',
  // Filters with what is odd about them.
  '{{ 4 | divided_by: 2 }} {{ 5 | divided_by: 2, true }} {{ -7 | modulo: 3 }} {{ 7.5 | modulo: -2 }} {{ "3.5" | plus: "x" }} {{ none | plus: 1 }} {{ true | plus: 1 }} {{ tags | plus: 1 }}',
  '{{ 1.2345 | round: 2 }} {{ -1.5 | round }} {{ 2.5 | round }} {{ 1234 | round: -2 }} {{ 1.005 | round: 2 }} {{ 1e3 | ceil }} {{ 183.357 | floor }} {{ -3 | abs }} {{ "4" | at_least: 5 }} {{ 4 | at_most: "3" }}',
  '{{ "a-b-c" | split: "-" | first }} {{ "a,b,,," | split: "," | size }} {{ "" | split: "," | size }} {{ "abc" | split: "" | join: "." }} {{ "a b" | split: gone | size }}',
  '{{ "Take my protein pills" | replace: "my", "your" }} {{ "aaa" | replace_first: "a", "b" }} {{ "aaa" | replace_last: "a", "b" }} {{ "aaa" | remove: "a" }}|{{ "abab" | remove_first: "ab" }} {{ "abab" | remove_last: "b" }} {{ "ab" | replace: "", "-" }}',
  '{{ "Ground control to Major Tom." | truncate: 20 }} {{ "Ground control" | truncate: 10, ", and so on" }} {{ "Ground" | truncate: 6 }} {{ "🎉🎉🎉🎉🎉" | truncate: 4 }} {{ 12345 | truncate: 4, "" }} {{ "abc" | truncate: 2, "....." }}',
  '{{ "one two three" | truncatewords: 2 }} {{ "one two three" | truncatewords: 3 }} {{ "one two three" | truncatewords: 4 }} {{ "one two" | truncatewords: 0 }} {{ "a  b " | truncatewords: 5, "!" }}',
  '{{ "title case" | capitalize }} {{ "ÉCOLE" | capitalize }} {{ "straße ﬁ" | upcase }} {{ "ΟΔΥΣΣΕΥΣ İ" | downcase }} {{ "  x " | strip }}|{{ "  x " | lstrip }}|{{ "  x " | rstrip }}| {{ "xyx" | strip: "x" }}',
  '{{ "a\\n b\\r\\nc" | strip_newlines }} {{ "a\\nb" | newline_to_br }} {{ " a \\n\\t b " | squish }} {{ " a \\n b" | normalize_whitespace }} {{ "你好 hello world" | number_of_words: "cjk" }} {{ "hello world" | number_of_words: "auto" }} {{ "你好hello" | number_of_words }}',
  '{{ tags | array_to_sentence_string }} {{ "a" | array_to_sentence_string }} {{ people | map: "name" | array_to_sentence_string: "or" }} {{ "a,b" | split: "," | array_to_sentence_string }}',
  '{{ "<p class=\'a\'>&amp;" | escape }} {{ "1 &lt; 2 & 3" | escape_once }} {{ "<a>&" | xml_escape }} {{ "a <script>x</script> <style>y</style><!-- c --><b>d</b> < e" | strip_html }}',
  '{{ "foo, bar; baz?" | cgi_escape }} {{ "http://a.b/c?d=é&[x]" | uri_escape }} {{ "john@liquid.com é\'" | url_encode }} {{ "%27Stop%21%27+said" | url_decode }}',
  '{{ "The _config.yml file" | slugify }} {{ "The _config.yml file" | slugify: "pretty" }} {{ "The _cönfig.yml" | slugify: "ascii" }} {{ "Çé ß Œ" | slugify: "latin" }} {{ "The _C" | slugify: "raw" }} {{ "The _C" | slugify: "none" }} {{ "The _C" | slugify: "default", true }}',
  '{{ "one two" | base64_encode }} {{ "b25lIHR3bw==" | base64_decode }} {{ "b25lIHR3bw" | base64_decode }} {{ "a" | sha256 }} {{ "a" | hmac_sha256: "key" }}', '{{ "a*" | base64_decode }}',
  '{{ tags | join }} {{ tags | join: ", " }} {{ tags | first }}{{ tags | last }} {{ "abc" | first }} {{ gone | first }} {{ tags | reverse | join }} {{ cart.items | map: "price" | uniq | join }} {{ people | map: "school.name" | compact | size }}',
  '{{ people | sort: "age" | map: "name" | join }} {{ people | sort_natural: "name" | map: "name" | join }} {{ people | map: "name" | sort | join }} {{ "b,A,c" | split: "," | sort_natural | join }} {{ tags | sort | join }}',
  '{{ cart.items | sum: "price" }} {{ tags | sum }} {{ "1,x,2" | split: "," | sum }} {{ tags | concat: people | size }} {{ tags | push: "z" | join }} {{ tags | unshift: "z" | join }} {{ tags | pop | join }} {{ tags | shift | join }} {{ gone | push: 1 | size }}',
  '{{ "Liquid" | slice: 0 }} {{ "Liquid" | slice: 2, 5 }} {{ "Liquid" | slice: -3, 2 }} {{ "Liquid" | slice: 9 }} {{ tags | slice: 1, 2 | join }} {{ tags | slice: -2, 2 | join }} {{ 12345 | slice: 1, 3 }} {{ "🎉ab" | slice: 0, 2 }}',
  '{{ cart.items | where: "price", 20 | map: "title" | join }} {{ people | where: "age" | map: "name" | join }} {{ people | where: "age", nil | map: "name" | join }} {{ people | where: "school.name", "hill" | size }} {{ cart.items | where: "tags[0]", "new" | size }}',
  '{{ cart.items | reject: "price", 20 | map: "title" | join }} {{ cart.items | has: "price", 7.5 }} {{ cart.items | find: "price", 20 | json }} {{ cart.items | find_index: "title", "hat" }} {{ cart.items | find_index: "title", "x" }}',
  '{{ cart.items | where_exp: "i", "i.price > 10 and i.tags" | map: "title" | join }} {{ cart.items | reject_exp: "i", "i.price > 10" | size }} {{ people | has_exp: "p", "p.age == age" }} {{ people | find_exp: "p", "p.age < 20" | json }} {{ people | find_index_exp: "p", "p.age < 20" }}',
  '{{ cart.items | group_by: "price" | json }} {{ people | group_by_exp: "p", "p.age | at_least: 20" | map: "name" | join }} {{ cart | group_by: "x" | size }}',
  '{{ gone | default: 2.99 }} {{ "" | default: 1 }} {{ tags | default: 1 }} {{ false | default: true }} {{ false | default: true, allow_false: true }} {{ none | default: "x" }} {{ 0 | default: 1 }} {{ "" | split: "," | default: "d" }}',
  '{{ cart | json }} {{ cart.items[0] | json: 2 }} {{ "a\\"b" | jsonify }} {{ tags | inspect }} {{ gone | json }}.{{ none | json }} {{ tags | json: "--" }} {{ "3.14x" | to_integer }} {{ "42" | to_integer }} {{ "a" | raw }}',
];

const dates = [
  '{{ at | date: "%a, %b %d, %y" }} {{ at | date: "%Y-%m-%dT%H:%M:%S.%L%z" }} {{ at | date }} {{ "March 14, 2016" | date: "%b %d, %y" }} {{ 1700000000 | date: "%s" }} {{ "1700000000" | date: "%c1%C" | slice: -3, 3 }}',
  '{{ at | date: "%e|%-e|%_d|%05d|%^A|%#a|%j|%k|%l|%I|%p|%P|%q|%U|%W|%u|%w|%y|%N|%3N|%12N|%%|%t|%n|%Z|%:z|%E|%Q|%" }}', '{{ "no date" | date: "%Y" }} {{ gone | date: "%Y" }} {{ none | date: "%Y" }} {{ at | date: gone }}',
  '{{ at | date: "%H:%M %z", "America/New_York" }} {{ at | date: "%H:%M %Z", "Asia/Tokyo" }} {{ at | date: "%H:%M %z", 360 }} {{ at | date: "%H:%M %z %Z", -330 }}', '{{ at | date: "%H", "Nowhere/Land" }}',
  '{{ at | date_to_xmlschema }} {{ at | date_to_rfc822 }} {{ at | date_to_string }} {{ at | date_to_string: "ordinal" }} {{ at | date_to_string: "ordinal", "US" }} {{ at | date_to_long_string }} {{ at | date_to_long_string: "ordinal" }}',
  '{% for d in days %}{{ d | date: "%Y-%m-%d %H:%M:%S %j %U %W %u" }};{% endfor %}',
];

const refused = ['{{ x', '{% if x %}', '{% endif %}', '{% nothing %}', '{{ }}', '{% raw %}', '{% comment %}', '{{ "a }}', '{% assign = 1 %}', '{% for a of b %}{% endfor %}',
  '{% if a %}{% else %}{% elsif b %}{% endif %}', '{{ (1..2 }}', '{{ a | upcase: }} {% capture %}{% endcapture %}', '{% case %}{% endcase %}', '{% cycle %}', '{{ "a" | }}{% if %}{% endif %}'];

const days = ['2024-12-31T23:59:59Z', '2021-01-03', '2023-01-01T12:00:00+03:00', '14 Mar 2016', 'Mar 14 2016 10:00 PM', '2016/03/14', '3/14/2016 08:05', 'Mon, 14 Mar 2016 10:00:00 GMT', '2016-03-14 10:00:00 +0200', 'Jan 1, 1970 00:00:01 UTC'];

/** All examples as cases for the two engines. */
export const examples = [
  ...plain.map((template) => ({template, data: {cart, people, tags: [3, 1, 2], none: null, age: 34, name: 'n'}})),
  ...dates.flatMap((template) => [undefined, 'Europe/Istanbul'].map((zone) => ({template, zone, data: {at: '2024-03-10T02:30:05.007Z', none: null, days}}))),
  ...['tr-TR', 'ro-RO', 'en-US'].flatMap((locale) => [...Array(12).keys()].map((month) => ({
    template: '{{ at | date: "%d %B %b %A %a %Y" }}', locale, data: {at: `2024-${String(month + 1).padStart(2, '0')}-0${1 + (month % 7)}`}}))),
  ...refused.map((template) => ({template, data: {}})),
  {template: '{{ x }} {{ x | raw }} {% echo x %} {% cycle x, "b" %} {{ "a<" | append: x | upcase }}', escape: 'html', data: {x: '<b>&"\''}},
  {template: '{% include "p", a: 1 %}{% include "p" with 2, a: 3 %}{{ set }}', data: {b: 5}, partials: {p: '[{{ a }}{{ b }}{{ p }}{{ set }}]{% assign set = 1 %}'}},
  {template: '{% render "p", a: 1 %}{% render "p" with 2 as b %}{% render "p" for l as a %}{{ set }}', data: {l: [1, 2]}, partials: {p: '[{{ a }}{{ b }}{{ forloop.index }}{{ set }}]{% assign set = 1 %}'}},
];
